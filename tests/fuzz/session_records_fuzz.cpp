// The session's small records: what decodes, encodes back to the same bytes (of a ping to the same nonce);
// and exactly what their page says decodes.
//
// Input: record u8 | payload
#include "codec/wire/session_records.hpp"

#include <algorithm>

#include "tests/fuzz/target.hpp"

namespace ringwire {
namespace {

void check_ping(ByteView payload) {
  const auto nonce = wire::decode_ping(payload);
  RW_ASSERT(nonce.has_value() == (payload.size() >= 8 && payload.size() <= 1024));
  if (!nonce) return;
  fuzz::Input written(payload.size(), 0xFF);
  wire::encode_ping(*nonce, written);
  RW_ASSERT(std::equal(written.begin(), written.begin() + 8, payload.begin()));
  RW_ASSERT(std::all_of(written.begin() + 8, written.end(), [](std::uint8_t byte) { return byte == 0; }));
}

void check_disconnect(ByteView payload) {
  const auto view = wire::decode_disconnect(payload);
  RW_ASSERT(view.has_value() == (!payload.empty() && payload.size() <= 129));
  if (!view) return;
  fuzz::Input written(wire::disconnect_bytes(as_text(view->text)));
  const auto reason = static_cast<wire::DisconnectReason>(view->code);
  RW_ASSERT(wire::encode_disconnect(reason, as_text(view->text), written) == written.size());
  RW_ASSERT(std::ranges::equal(written, payload));
  const bool is_known = view->code <= 14;
  RW_ASSERT(is_known == (std::string_view(view->reason_name()) != "unknown"));
}

void check_window_update(ByteView payload) {
  const auto update = wire::decode_window_update(payload);
  const bool is_valid = payload.size() == 5 && payload[0] <= 4 &&
                        std::any_of(payload.begin() + 1, payload.end(), [](auto byte) { return byte != 0; });
  RW_ASSERT(update.has_value() == is_valid);
  if (!update) return;
  std::array<std::uint8_t, wire::kWindowUpdateBytes> written{};
  wire::encode(*update, written);
  RW_ASSERT(std::ranges::equal(written, payload));
}

void check_fragment(ByteView payload) {
  const auto fragment = wire::decode_fragment(payload);
  const bool is_abort = payload.size() == 2 && payload[1] == 4;
  const bool is_part = payload.size() >= 3 && payload.size() <= 16'386 && payload[1] <= 3;
  RW_ASSERT(fragment.has_value() == (is_abort || is_part));
  if (!fragment) return;
  std::array<std::uint8_t, wire::kFragmentHeaderBytes> written{};
  wire::encode_fragment_header(*fragment, written);
  RW_ASSERT(std::ranges::equal(written, payload.first(2)));
  RW_ASSERT(std::ranges::equal(fragment->bytes, payload.subspan(2)));
}

void check_app_message(ByteView payload) {
  const auto message = wire::decode_app_message(payload);
  RW_ASSERT(message.has_value() == (payload.size() >= 8));
  if (!message) return;
  std::array<std::uint8_t, wire::kAppHeaderBytes> written{};
  store_be(written.data(), message->request_id);
  RW_ASSERT(std::ranges::equal(written, payload.first(8)));
  RW_ASSERT(std::ranges::equal(message->bytes, payload.subspan(8)));
}

using Check = void (*)(ByteView payload);
constexpr Check kChecks[] = {&check_ping, &check_disconnect, &check_window_update, &check_fragment,
                             &check_app_message};

}  // namespace

std::vector<fuzz::Input> fuzz::seeds() {
  return {{0, 1, 2, 3, 4, 5, 6, 7, 8},
          Input(2000, 0),
          {1, 3, 'b', 'y', 'e'},
          {2, 4, 0, 0, 1, 0},
          {3, 7, 1, 'x'},
          {3, 0, 4},
          {3, 255, 3, 'y', 'z'},
          {4, 0, 0, 0, 0, 0, 0, 0, 9, 'a'}};
}

}  // namespace ringwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringwire;
  if (size > 0) kChecks[data[0] % std::size(kChecks)]({data + 1, size - 1});
  return 0;
}
