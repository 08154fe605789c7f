#include "bench/compare/relay_client.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "bench/compare/floor_epoll.hpp"
#include "bench/compare/framing.hpp"
#include "bench/compare/raw_socket.hpp"
#include "bench/compare/server_process.hpp"

namespace ringwire::compare {
namespace {

Workload workload_of(Shape shape, std::uint32_t payload_bytes = 256) {
  return {"test", shape, 5, payload_bytes, shape == Shape::mesh ? 1U : 4U, false};
}

enum class Fault : std::uint8_t { none, doubles, answers_the_sender, damages };

// Relays like a server would; from the `spare`th message on it does one thing wrong.
class FaultyRelay {
 public:
  FaultyRelay(Fault fault, std::uint32_t spare) : fault_(fault), spare_(spare) {}

  void serve(const Ready& ready) {
    const RawListener listener = open_raw_listener({.blocking = true});
    ready(listener.port);
    std::vector<pollfd> watched{{listener.descriptor, POLLIN, 0}};
    while (poll(watched.data(), watched.size(), -1) > 0) {
      if ((watched[0].revents & POLLIN) != 0) {
        watched.push_back({accept(listener.descriptor, nullptr, nullptr), POLLIN, 0});
        continue;
      }
      for (std::size_t i = 1; i < watched.size(); ++i) {
        if ((watched[i].revents & POLLIN) != 0) relay(watched, i);
      }
    }
  }

 private:
  void relay(const std::vector<pollfd>& watched, std::size_t from) {
    std::vector<std::uint8_t> bytes(64 * 1024);
    bytes.resize(static_cast<std::size_t>(
        std::max<ssize_t>(recv(watched[from].fd, bytes.data(), bytes.size(), 0), 0)));
    for_each_frame(bytes, [&](ByteView frame) {
      const bool wrong = spare_ == 0;
      if (spare_ > 0) --spare_;
      std::vector<std::uint8_t> out;
      std::vector<std::uint8_t> payload(frame.begin() + wire::kFrameHeaderBytes, frame.end());
      if (wrong && fault_ == Fault::damages) payload.back() ^= 1;
      append_frame(out, wire::MessageType::publish, payload);
      for (std::size_t to = 1; to < watched.size(); ++to) {
        if (to != from || (wrong && fault_ == Fault::answers_the_sender)) send_whole(watched[to].fd, out);
        if (to != from && wrong && fault_ == Fault::doubles) send_whole(watched[to].fd, out);
      }
    });
  }

  const Fault fault_;
  std::uint32_t spare_;
};

// Enough for connecting; the round that is checked is the first to meet the fault.
constexpr std::uint32_t kSpare = 2;

void check_one_round(Fault fault, Shape shape) {
  const Subject subject{"faulty", "", Dialect::frames, {}, {}, false};
  const auto server = ServerProcess::start(
      on_one_core(), [&](const Ready& ready) { FaultyRelay(fault, kSpare).serve(ready); });
  ASSERT_TRUE(server.ok()) << server.error();
  RelayClient client(workload_of(shape), subject, server->port());
  client.check_one_round();
  client.check_one_round();
}

TEST(RelayClientTest, AServerThatDoesWhatItShouldPasses) {
  for (const Shape shape : {Shape::mesh, Shape::fan_out})
    EXPECT_NO_THROW(check_one_round(Fault::none, shape));
}

TEST(RelayClientTest, ADoubledMessageIsSeen) {
  for (const Shape shape : {Shape::mesh, Shape::fan_out}) {
    EXPECT_THROW(check_one_round(Fault::doubles, shape), std::runtime_error);
  }
}

TEST(RelayClientTest, AMessageThatReturnsToItsSenderIsSeen) {
  EXPECT_THROW(check_one_round(Fault::answers_the_sender, Shape::mesh), std::runtime_error);
}

TEST(RelayClientTest, ADamagedMessageIsSeen) {
  EXPECT_THROW(check_one_round(Fault::damages, Shape::fan_out), std::runtime_error);
}

TEST(RelayClientTest, UncheckedRoundsLeaveTheStreamsInStep) {
  for (const Shape shape : {Shape::mesh, Shape::fan_out}) {
    const Workload workload = workload_of(shape);
    const auto server =
        ServerProcess::start(on_one_core(), [&](const Ready& ready) { serve_floor_epoll(workload, ready); });
    ASSERT_TRUE(server.ok()) << server.error();
    RelayClient client(workload, *find_subject("floor-epoll"), server->port());
    for (int i = 0; i < 10; ++i) client.run_round();
    EXPECT_NO_THROW(client.check_one_round());
  }
}

}  // namespace
}  // namespace ringwire::compare
