/*
 * Two nodes, 0 and 1 (0 has the smaller id), dial each other at any moments, lose connections at any moments,
 * and settle which one stays. What is checked, and how far: README.md.
 *
 * The table of states and events is engine/session/connection_table.hpp itself, printed by write_table. By
 * hand: the claim owner (engine/session/peer_claims.hpp), what moves between driver, inbox, proofs and claims
 * desk (engine/node), TLS: each end has its keys at any moment, and TCP: in order, and nothing lost but all
 * that is still under way.
 *
 * CONNECTIONS: 2, each node dials once; 3, node 0 dials again once its first connection is gone at its end.
 * What may go wrong, each 0 or 1; without any of it there must be a session in the end:
 *   BREAKS    connections break and nobody is told, dials fail, keys are not agreed on
 *   HURRY     deadlines pass although the other end is there and talks
 *   OPERATOR  somebody disconnects, once
 *   OLD       a holder of a claim may be old enough to be probed instead of judged by the ids
 * WRONG 1: node 1 judges by the ids the wrong way round, so that a check that finds nothing is noticed.
 */
#include "table.pml"

#ifndef CONNECTIONS
#define CONNECTIONS 2
#endif
#ifndef BREAKS
#define BREAKS 0
#endif
#ifndef HURRY
#define HURRY 0
#endif
#ifndef OPERATOR
#define OPERATOR 0
#endif
#ifndef OLD
#define OLD 0
#endif
#ifndef WRONG
#define WRONG 0
#endif
#define ALL_GOES_WELL (!BREAKS && !HURRY && !OPERATOR && !OLD && CONNECTIONS == 2)

#define ENDS (2 * CONNECTIONS)
#define NOBODY 255
#define NOTHING 255

/* Connection c has the ends 2c and 2c + 1; an even end is node 0's. Node 0 dials connections 0 and 2. */
#define connection_of(e) ((e) / 2)
#define node_of(e) ((e) % 2)
#define peer_of(e) ((e) + 1 - 2 * ((e) % 2))
#define end_at(c, n) (2 * (c) + (n))
#define dialler_of(c) ((c) % 2)

/* Frames, and the end of the stream. */
mtype = { handshake, handshake_ack, ping, pong, disconnect, alert, fin };
/* Between a connection's shard and the owner of the other node's id. */
mtype = { claim, released, probe_ended, granted, denied, revoked, probe };

byte state[ENDS];
bool unsecured[ENDS];      /* it leaves without ever having had keys: all it can say is an alert */
bool signature_due[ENDS];
bool goodbye_due[ENDS];    /* the kernel has not taken our Disconnect yet */
bool deaf[ENDS];           /* the socket is gone: what is sent to it vanishes */
bool dialled[CONNECTIONS];
bool arriving[CONNECTIONS]; /* connected; accepted once the other node gets to it */
bool broken[CONNECTIONS];   /* nothing arrives any more, and nobody is told */
bool operator_spoke;

chan wire[ENDS] = [6] of { mtype };     /* to be read by that end */
chan to_owner[ENDS] = [4] of { mtype }; /* in order for one connection: shards differ */
chan to_shard[ENDS] = [4] of { mtype };

/* Of the owners, by node. */
byte holder[2] = NOBODY;
byte challenger[2] = NOBODY;

hidden byte next_state;
hidden byte action;
hidden byte returns_claim;

inline empty_wire(e) {
  do
  :: wire[e]?_
  :: empty(wire[e]) -> break
  od
}

inline send(e, frame) {
  if
  :: !broken[connection_of(e)] && !deaf[peer_of(e)] -> wire[peer_of(e)]!frame
  :: else -> skip
  fi
}

/* A reset may overtake what was sent before it. */
inline hang_up(e) {
  if
  :: action == a_reset -> empty_wire(peer_of(e))
  :: true -> skip
  fi;
  send(e, fin);
  deaf[e] = true;
  empty_wire(e)
}

inline on(e, event) {
  look_up(state[e], event);
  state[e] = next_state;
  if
  :: returns_claim -> to_owner[e]!released
  :: else -> skip
  fi;
  if
  :: action == a_start_handshake -> send(e, handshake)
  :: action == a_sign_ack -> signature_due[e] = true
  :: action == a_ask_claim -> to_owner[e]!claim
  :: action == a_say_goodbye -> signature_due[e] = false; goodbye_due[e] = true
  :: action == a_send_alert -> unsecured[e] = true; goodbye_due[e] = true
  :: action == a_close || action == a_reset ->
    signature_due[e] = false;
    goodbye_due[e] = false;
    hang_up(e)
  :: else -> skip
  fi
}

/* Sets what happened. A wrong frame for a state is our own bug here: both ends are honest. */
inline read_frame(e) {
  wire[e]?frame;
  if
  :: frame == fin -> event = e_socket_ended
  :: frame != fin && discards(state[e]) -> skip
  :: frame == alert && secures(state[e]) -> event = e_security_failed
  :: frame == alert && parses(state[e]) -> event = e_frame_refused
  :: frame == disconnect && parses(state[e]) -> event = e_peer_disconnect
  :: frame == handshake && state[e] == s_awaiting_handshake -> event = e_handshake_ok
  :: frame == handshake_ack && state[e] == s_awaiting_ack -> event = e_ack_received
  :: frame == ping && state[e] == s_established -> send(e, pong)
  :: frame == pong && state[e] == s_established -> to_owner[e]!probe_ended
  :: else -> assert(false)
  fi
}

/* What comes for a connection that is gone is dropped. */
inline take_verdict(e) {
  to_shard[e]?frame;
  if
  :: state[e] == s_closed -> skip
  :: frame == granted && state[e] != s_closed -> event = e_claim_granted
  :: frame == denied && state[e] != s_closed -> event = e_claim_denied
  :: frame == revoked && state[e] != s_closed -> event = e_claim_revoked
  :: frame == probe && state[e] == s_established -> send(e, ping)
  :: else -> skip
  fi
}

/* --- the claim owner, as in engine/session/peer_claims.cpp */

#define tell(n, c, verdict) to_shard[end_at(c, n)]!verdict
/* Dialled by the smaller of the two ids. */
#define wins(n, c) (dialler_of(c) == (WRONG && n == 1))

inline grant(n, c) {
  holder[n] = c;
  challenger[n] = NOBODY;
  tell(n, holder[n], granted)
}

inline deny_challenger(n) {
  if
  :: challenger[n] != NOBODY -> tell(n, challenger[n], denied); challenger[n] = NOBODY
  :: else -> skip
  fi
}

inline take_place(n, c) {
  tell(n, holder[n], revoked);
  deny_challenger(n);
  grant(n, c)
}

inline challenge(n, c) {
  if
  :: challenger[n] == NOBODY ->
    challenger[n] = c;
    tell(n, holder[n], probe)
  :: challenger[n] != NOBODY && dialler_of(challenger[n]) != dialler_of(c) && wins(n, c) ->
    deny_challenger(n);
    challenger[n] = c
  :: else -> tell(n, c, denied)
  fi
}

/* An old holder: kSettledAge is longer than a handshake and a probe, so its other end is no longer on its way.
   The ends need not agree on it: their clocks differ. */
#define may_be_old(n) (OLD && !is_on_its_way(state[peer_of(end_at(holder[n], n))]))
#define is_on_its_way(s) (s == s_awaiting_claim || (pending(s) && s != s_closed))

inline on_claim(n, c) {
  if
  :: holder[n] == NOBODY -> grant(n, c)
  :: holder[n] != NOBODY && dialler_of(holder[n]) != dialler_of(c) ->
    if
    :: wins(n, c) -> take_place(n, c)
    :: !wins(n, c) -> tell(n, c, denied)
    :: may_be_old(n) -> challenge(n, c)
    fi
  :: else -> challenge(n, c)
  fi
}

inline on_released(n, c) {
  if
  :: challenger[n] == c -> challenger[n] = NOBODY
  :: holder[n] == c && challenger[n] != NOBODY -> grant(n, challenger[n])
  :: holder[n] == c && challenger[n] == NOBODY -> holder[n] = NOBODY
  :: else -> skip
  fi
}

inline serve_owner(e) {
  to_owner[e]?frame;
  if
  :: frame == claim -> on_claim(node_of(e), connection_of(e))
  :: frame == released -> on_released(node_of(e), connection_of(e))
  :: frame == probe_ended && holder[node_of(e)] == connection_of(e) -> deny_challenger(node_of(e))
  :: else -> skip
  fi
}

/* --- one end of a connection, and whatever can happen to it next */

#define is_dialler(e) (dialler_of(connection_of(e)) == node_of(e))
#define may_dial(e) (is_dialler(e) && !dialled[connection_of(e)] && (connection_of(e) < 2 || deaf[0]))
#define may_accept(e) (arriving[connection_of(e)] && !is_dialler(e) && state[e] == s_closed && !deaf[e])
/* What the peer says under its keys waits until we have ours. */
#define is_for_tls(e) (secures(state[e]) && (wire[e]?[fin] || wire[e]?[alert]))
#define may_read(e) (!deaf[e] && (parses(state[e]) || discards(state[e]) || is_for_tls(e)))
#define is_open(s) (s != s_closed && s != s_leaving && s != s_closing)
/* Nobody talks at the other end, or nobody can be heard. */
#define is_silent(e) (broken[connection_of(e)] || deaf[peer_of(e)])
#define may_wait_in_vain(e) \
  (state[e] == s_awaiting_claim || state[e] == s_established || (pending(state[e]) && state[e] != s_dialling))
#define is_probed(e) (holder[node_of(e)] == connection_of(e) && challenger[node_of(e)] != NOBODY)

proctype end_of_connection(byte me) {
  byte event = NOTHING;
  mtype frame;
end:
  do
  :: atomic {
      if
      :: may_dial(me) ->
        dialled[connection_of(me)] = true;
        event = e_dial_started
      :: state[me] == s_dialling ->
        arriving[connection_of(me)] = true;
        event = e_connected
      :: may_accept(me) -> event = e_accepted
      :: may_read(me) && nempty(wire[me]) -> read_frame(me)
      :: state[me] == s_securing -> event = e_secured
      :: signature_due[me] ->
        signature_due[me] = false;
        send(me, handshake_ack)
      :: state[me] == s_verifying && !signature_due[me] -> event = e_ack_ok
      :: nempty(to_shard[me]) -> take_verdict(me)
      :: nempty(to_owner[me]) -> serve_owner(me)
      :: goodbye_due[me] ->
        if
        :: unsecured[me] -> send(me, alert)
        :: else -> send(me, disconnect)
        fi;
        event = e_goodbye_sent
      :: state[me] == s_closing -> event = e_socket_closed
      :: is_probed(me) && (HURRY || is_silent(me)) ->
        tell(node_of(me), connection_of(me), revoked);
        grant(node_of(me), challenger[node_of(me)])
      :: may_wait_in_vain(me) && is_silent(me) && empty(wire[me]) -> event = e_deadline
#if HURRY
      :: pending(state[me]) || state[me] == s_leaving -> event = e_deadline
#endif
#if BREAKS
      :: state[me] == s_dialling -> event = e_connect_failed
      :: state[me] == s_securing -> event = e_security_failed
#endif
#if OPERATOR
      :: is_open(state[me]) && !operator_spoke ->
        operator_spoke = true;
        event = e_local_disconnect
#endif
      fi;
      if
      :: event != NOTHING -> on(me, event)
      :: else -> skip
      fi;
      event = NOTHING;
      frame = 0;
      next_state = 0;
      action = 0;
      returns_claim = 0
    }
  od
}

#if BREAKS
/* Breaks connections, or leaves them whole. */
proctype fate(byte c) {
  atomic {
    dialled[c] ->
    broken[c] = true;
    empty_wire(end_at(c, 0));
    empty_wire(end_at(c, 1))
  }
}
#endif

/* Nothing can happen any more. */
inline judge_rest() {
  do
  :: c < CONNECTIONS ->
    assert(state[end_at(c, 0)] == s_closed || state[end_at(c, 0)] == s_established);
    assert(state[end_at(c, 0)] == state[end_at(c, 1)]);
    assert((holder[0] == c) == (state[end_at(c, 0)] == s_established));
    assert((holder[1] == c) == (state[end_at(c, 1)] == s_established));
    sessions = sessions + (state[end_at(c, 0)] == s_established);
    c++
  :: else -> break
  od;
  assert(challenger[0] == NOBODY && challenger[1] == NOBODY);
  assert(sessions <= 1);
  assert(sessions == 1 || !ALL_GOES_WELL)
}

/* Established, and not told otherwise yet. */
#define is_session(e) (state[e] == s_established && !(to_shard[e]??[revoked]))
#if CONNECTIONS > 2
#define sessions_of(n) (is_session(n) + is_session(2 + n) + is_session(4 + n))
#else
#define sessions_of(n) (is_session(n) + is_session(2 + n))
#endif

active proctype world() {
  byte c = 0;
  byte sessions = 0;
  atomic {
    do
    :: c < CONNECTIONS ->
      run end_of_connection(end_at(c, 0));
      run end_of_connection(end_at(c, 1));
#if BREAKS
      run fate(c);
#endif
      c++
    :: else -> break
    od;
    c = 0
  }
  if
  :: atomic { sessions_of(0) > 1 || sessions_of(1) > 1 -> assert(false) }
  :: atomic { timeout -> judge_rest() }
  fi
}
