#include "engine/driver/errno_table.hpp"

#include <cerrno>

namespace ringwire::driver {
namespace {

NextMove after_accept(std::int32_t error) {
  switch (error) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return NextMove::pause;
    // accept(2): errors already pending on the new connection are reported here; the listener is well.
    case ECONNABORTED:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENETDOWN:
    case ENETUNREACH:
    case ENONET:
    case ENOPROTOOPT:
    case EPERM:
    case EPROTO:
    case ETIMEDOUT:
      return NextMove::ignore;
    default:
      return NextMove::close;
  }
}

NextMove after_connect(std::int32_t error) {
  switch (error) {
    case EALREADY:
    case EINPROGRESS:
    case EINTR:  // connect(2): the attempt goes on; its end shows as writability
      return NextMove::retry_later;
    default:
      return NextMove::close;
  }
}

// send(2): a full queue of the device shows as ENOBUFS. Everything else is about one target, or about an
// error that was reported for an earlier datagram.
NextMove after_send_datagram(std::int32_t error) {
  return error == ENOBUFS || error == ENOMEM ? NextMove::retry_later : NextMove::drop;
}

NextMove after_poll(std::int32_t error) {
  switch (error) {
    case EBADF:
    case ENOENT:
      return NextMove::ignore;
    case ENOMEM:
    case ENOSPC:
      return NextMove::pause;
    case ETIME:
      return NextMove::retry_later;
    default:
      return NextMove::give_up;
  }
}

NextMove after_submit(std::int32_t error) {
  switch (error) {
    case EAGAIN:
    case EBUSY:
    case ENOMEM:
    case ETIME:
      return NextMove::retry_later;
    default:
      return NextMove::give_up;
  }
}

}  // namespace

NextMove next_move(Operation operation, std::int32_t error) {
  if (operation == Operation::connect && error != ECANCELED) return after_connect(error);
  if (error == EINTR) return NextMove::retry_now;
  if (error == EAGAIN) return NextMove::retry_later;
  if (error == ECANCELED) return NextMove::ignore;
  const bool receives = operation == Operation::receive || operation == Operation::receive_datagram;
  if (receives && error == ENOBUFS) return NextMove::recycle_first;
  if (operation == Operation::receive_datagram) return NextMove::drop;
  if (operation == Operation::send_datagram) return after_send_datagram(error);
  if (operation == Operation::accept) return after_accept(error);
  if (operation == Operation::poll) return after_poll(error);
  if (operation == Operation::submit) return after_submit(error);
  return NextMove::close;
}

const char* explain(std::int32_t error) {
  switch (error) {
    case 0:
      return "no error";
    case EACCES:
      return "EACCES: this process may not do that";
    case EADDRINUSE:
      return "EADDRINUSE: the address and port are in use";
    case EADDRNOTAVAIL:
      return "EADDRNOTAVAIL: this host has no such address or no port left for it";
    case EAFNOSUPPORT:
      return "EAFNOSUPPORT: this kernel does not speak that address family";
    case EAGAIN:
      return "EAGAIN: not possible without waiting";
    case EALREADY:
      return "EALREADY: the same request is already under way";
    case EBADF:
      return "EBADF: the descriptor is closed";
    case EBADR:
      return "EBADR: the kernel lost completions of the ring";
    case EBUSY:
      return "EBUSY: the ring has completions to reap first";
    case ECANCELED:
      return "ECANCELED: the request was cancelled";
    case ECONNABORTED:
      return "ECONNABORTED: the connection ended before it was accepted";
    case ECONNREFUSED:
      return "ECONNREFUSED: nobody listens there";
    case ECONNRESET:
      return "ECONNRESET: the peer reset the connection";
    case EFAULT:
      return "EFAULT: the kernel was given memory that is not ours";
    case EHOSTDOWN:
      return "EHOSTDOWN: the host does not answer on its link";
    case EHOSTUNREACH:
      return "EHOSTUNREACH: no path to the host";
    case EINPROGRESS:
      return "EINPROGRESS: the connection is being made";
    case EINTR:
      return "EINTR: a signal interrupted the call";
    case EINVAL:
      return "EINVAL: the kernel does not accept these arguments";
    case EISCONN:
      return "EISCONN: the socket is connected already";
    case EMFILE:
      return "EMFILE: this process has no descriptor left";
    case ENETDOWN:
      return "ENETDOWN: the network interface is down";
    case ENETUNREACH:
      return "ENETUNREACH: no route to that network";
    case ENFILE:
      return "ENFILE: the system has no descriptor left";
    case ENOBUFS:
      return "ENOBUFS: no buffer is free";
    case ENOENT:
      return "ENOENT: there is no such request";
    case ENOMEM:
      return "ENOMEM: the kernel has no memory left";
    case ENONET:
      return "ENONET: the machine is not on the network";
    case ENOPROTOOPT:
      return "ENOPROTOOPT: the protocol has no such option";
    case ENOSPC:
      return "ENOSPC: too many watched descriptors";
    case ENOSYS:
      return "ENOSYS: this kernel has no such call";
    case ENOTCONN:
      return "ENOTCONN: the socket is not connected";
    case EOPNOTSUPP:
      return "EOPNOTSUPP: this kernel does not offer that";
    case EPERM:
      return "EPERM: a firewall or sandbox forbids it";
    case EPIPE:
      return "EPIPE: the connection is closed for sending";
    case EPROTO:
      return "EPROTO: the connection broke the protocol";
    case ETIME:
      return "ETIME: the wait ended by its time limit";
    case ETIMEDOUT:
      return "ETIMEDOUT: the peer did not answer in time";
    case kNoSlot:
      return "EUSERS: every connection slot is in use";
    default:
      return "an errno that the table does not know";
  }
}

}  // namespace ringwire::driver
