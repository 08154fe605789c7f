// A topic message as the application gets it: taken out of the Publish record that it travelled in, and
// unpacked where its origin packed it.
//
// Thread: that of `record` and `heap`. A plain payload is not copied; a packed one is, counted.
#pragma once

#include <optional>
#include <string>

#include "codec/base/heap_buffer.hpp"
#include "codec/base/slice_chain.hpp"
#include "engine/api/ringwire.hpp"

namespace ringwire::node {

struct TopicMessage {
  std::string topic;
  SliceChain payload;
  std::optional<Author> author;
};

// `record` is well-formed and, where it is signed, verified: its owner has decided about it. Nothing where
// `heap` has no room to unpack it now.
std::optional<TopicMessage> open_topic_message(const SliceChain& record, HeapBuffers& heap);

}  // namespace ringwire::node
