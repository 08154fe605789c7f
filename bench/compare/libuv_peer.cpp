#include "bench/compare/libuv_peer.hpp"

#include <netinet/in.h>
#include <uv.h>

#include <memory>
#include <set>
#include <system_error>

#include "bench/compare/framing.hpp"

namespace ringwire::compare {
namespace {

constexpr std::size_t kBufferBytes = 256 * 1024;

void check(int result, const char* what) {
  if (result < 0) throw std::system_error(-result, std::generic_category(), what);
}

struct Server;

struct Session {
  uv_tcp_t socket;
  Server* server;
  std::vector<std::uint8_t> tail;  // the start of a frame whose end has not come yet
};

struct Server {
  explicit Server(const Workload& w) : workload(w), buffer(kBufferBytes) {}

  const Workload workload;
  uv_loop_t loop{};
  uv_tcp_t listener{};
  std::set<Session*> sessions;
  std::vector<std::uint8_t> buffer;
  std::vector<std::uint8_t> joined;
  std::vector<std::uint8_t> reply;
};

struct PendingWrite {
  uv_write_t request;
  std::vector<std::uint8_t> bytes;
};

uv_buf_t as_buffer(const std::uint8_t* data, std::size_t size) {
  return uv_buf_init(const_cast<char*>(reinterpret_cast<const char*>(data)), static_cast<unsigned>(size));
}

void write_all(Session& session, ByteView bytes) {
  const uv_buf_t whole = as_buffer(bytes.data(), bytes.size());
  const int taken = uv_try_write(reinterpret_cast<uv_stream_t*>(&session.socket), &whole, 1);
  const std::size_t sent = taken > 0 ? static_cast<std::size_t>(taken) : 0;
  if (sent == bytes.size() || (taken < 0 && taken != UV_EAGAIN)) return;
  auto* pending = new PendingWrite{{}, {bytes.begin() + static_cast<std::ptrdiff_t>(sent), bytes.end()}};
  pending->request.data = pending;
  const uv_buf_t rest = as_buffer(pending->bytes.data(), pending->bytes.size());
  uv_write(&pending->request, reinterpret_cast<uv_stream_t*>(&session.socket), &rest, 1,
           [](uv_write_t* request, int) { delete static_cast<PendingWrite*>(request->data); });
}

void on_bytes(Session& session, ByteView bytes) {
  Server& server = *session.server;
  if (!session.tail.empty()) {
    server.joined = session.tail;
    server.joined.insert(server.joined.end(), bytes.begin(), bytes.end());
    bytes = server.joined;
  }
  server.reply.clear();
  const std::size_t used = for_each_frame(bytes, [&](ByteView frame) {
    if (server.workload.shape != Shape::echo) return;
    server.reply.resize(server.reply.size() + frame.size());
    write_pong(frame, server.reply.data() + server.reply.size() - frame.size());
  });
  if (server.workload.shape == Shape::echo) {
    if (!server.reply.empty()) write_all(session, server.reply);
  } else if (used > 0) {
    for (Session* other : server.sessions) {
      if (other != &session) write_all(*other, bytes.first(used));
    }
  }
  session.tail.assign(bytes.begin() + static_cast<std::ptrdiff_t>(used), bytes.end());
}

void on_accept(uv_stream_t* listener, int status) {
  if (status < 0) return;
  auto& server = *static_cast<Server*>(listener->data);
  auto* session = new Session{{}, &server, {}};
  uv_tcp_init(&server.loop, &session->socket);
  session->socket.data = session;
  check(uv_accept(listener, reinterpret_cast<uv_stream_t*>(&session->socket)), "uv_accept");
  uv_tcp_nodelay(&session->socket, 1);
  server.sessions.insert(session);
  uv_read_start(
      reinterpret_cast<uv_stream_t*>(&session->socket),
      [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
        Server& owner = *static_cast<Session*>(handle->data)->server;
        *buffer = as_buffer(owner.buffer.data(), owner.buffer.size());
      },
      [](uv_stream_t* stream, ssize_t got, const uv_buf_t* buffer) {
        auto* reader = static_cast<Session*>(stream->data);
        if (got > 0) {
          on_bytes(*reader,
                   {reinterpret_cast<const std::uint8_t*>(buffer->base), static_cast<std::size_t>(got)});
        } else if (got < 0) {
          reader->server->sessions.erase(reader);
          uv_close(reinterpret_cast<uv_handle_t*>(stream),
                   [](uv_handle_t* handle) { delete static_cast<Session*>(handle->data); });
        }
      });
}

}  // namespace

void serve_libuv(const Workload& workload, const Ready& ready) {
  Server server(workload);
  check(uv_loop_init(&server.loop), "uv_loop_init");
  check(uv_tcp_init(&server.loop, &server.listener), "uv_tcp_init");
  server.listener.data = &server;
  sockaddr_in address{};
  check(uv_ip4_addr("127.0.0.1", 0, &address), "uv_ip4_addr");
  check(uv_tcp_bind(&server.listener, reinterpret_cast<const sockaddr*>(&address), 0), "uv_tcp_bind");
  check(uv_listen(reinterpret_cast<uv_stream_t*>(&server.listener), 8192, on_accept), "uv_listen");
  int size = sizeof address;
  check(uv_tcp_getsockname(&server.listener, reinterpret_cast<sockaddr*>(&address), &size),
        "uv_tcp_getsockname");
  ready(ntohs(address.sin_port));
  uv_run(&server.loop, UV_RUN_DEFAULT);
}

}  // namespace ringwire::compare
