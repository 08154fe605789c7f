// Opening: listen, connect, accept, hand over.
#include <algorithm>
#include <cerrno>

#include "tests/integration/contract/contract.hpp"

namespace ringwire::contract {

using driver::CloseMode;
using driver::ConnectionId;

TEST_P(DriverContract, TellsItsKindAndDescribesItself) {
  Party& party = add();
  EXPECT_EQ(party.driver().kind(), GetParam());
  EXPECT_FALSE(party.driver().describe().empty());
  EXPECT_EQ(party.driver().describe().find('\n'), std::string::npos);
}

TEST_P(DriverContract, ListensOnAPickedPortAndNamesIt) {
  Party& party = add();
  const Endpoint endpoint = party.listen();
  EXPECT_EQ(endpoint.address, party.v4());
  EXPECT_NE(endpoint.port, 0);
}

TEST_P(DriverContract, ConnectsAndAcceptsOverV4AndV6) {
  Party& near = add();
  Party& far = add();
  for (const IpAddress& address : {far.v4(), far.v6()}) {
    const auto listener = far.driver().listen({address, 0}, {});
    ASSERT_TRUE(listener.ok());
    const Endpoint endpoint = far.driver().local(*listener);
    const std::size_t before = far.accepted.size();
    const ConnectionId dialled = near.connect(endpoint);
    ASSERT_TRUE(until([&] { return near.story(dialled).connected && far.accepted.size() > before; }));
    EXPECT_EQ(near.story(dialled).connect_error, 0);
    const ConnectionId accepted = far.accepted.back();
    EXPECT_EQ(far.story(accepted).listener, *listener);
    EXPECT_EQ(near.driver().remote(dialled), endpoint);
    EXPECT_EQ(far.driver().local(accepted), endpoint);
    EXPECT_EQ(far.driver().remote(accepted), near.driver().local(dialled));
  }
  EXPECT_EQ(near.driver().counters().connects.value(), 2U);
  EXPECT_EQ(far.driver().counters().accepted.value(), 2U);
}

TEST_P(DriverContract, TellsARefusedConnectOnce) {
  Party& party = add();
  Party& other = add();
  const ConnectionId dialled = party.connect(world_->silent_port(other));
  ASSERT_TRUE(until([&] { return party.story(dialled).connected; }));
  EXPECT_EQ(party.story(dialled).connect_error, ECONNREFUSED);
  world_->settle();
  party.close(dialled, CloseMode::graceful);
  EXPECT_TRUE(until([&] { return party.story(dialled).closed; }));
}

TEST_P(DriverContract, ClosesAConnectUnderWay) {
  Party& near = add();
  Party& far = add();
  for (const CloseMode mode : {CloseMode::graceful, CloseMode::reset}) {
    const ConnectionId dialled = near.connect(far.listen());
    near.close(dialled, mode);
    EXPECT_TRUE(until([&] { return near.story(dialled).closed; }));
    EXPECT_FALSE(near.story(dialled).connected);
  }
}

TEST_P(DriverContract, NamesThePortThatIsTaken) {
  Party& party = add();
  Party& beside = world_->add_beside(party, config());
  driver::ListenOptions alone;
  alone.reuse_port = false;
  const auto first = party.driver().listen({party.v4(), 0}, alone);
  ASSERT_TRUE(first.ok());
  const Endpoint endpoint = party.driver().local(*first);
  const auto second = beside.driver().listen(endpoint, alone);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().error, EADDRINUSE);
  EXPECT_EQ(second.error().endpoint, endpoint);
  EXPECT_NE(second.error().message().find(std::to_string(endpoint.port)), std::string::npos);
  EXPECT_NE(second.error().message().find("EADDRINUSE"), std::string::npos);
}

TEST_P(DriverContract, TheFirstOfThoseWhoShareAPortFindsOutWhetherItIsFree) {
  Party& party = add();
  Party& beside = world_->add_beside(party, config());
  driver::ListenOptions first;
  first.first = true;
  const auto opened = party.driver().listen({party.v4(), 0}, first);
  ASSERT_TRUE(opened.ok());
  const Endpoint endpoint = party.driver().local(*opened);
  EXPECT_TRUE(beside.driver().listen(endpoint, {}).ok());
  EXPECT_TRUE(party.driver().listen(endpoint, {}).ok());
  const auto another = beside.driver().listen(endpoint, first);
  ASSERT_FALSE(another.ok());
  EXPECT_EQ(another.error().error, EADDRINUSE);
}

TEST_P(DriverContract, RefusesToListenOnAForeignAddress) {
  Party& party = add();
  const auto listener = party.driver().listen({IpAddress::v4(192, 0, 2, 1), 0}, {});
  ASSERT_FALSE(listener.ok());
  EXPECT_EQ(listener.error().error, EADDRNOTAVAIL);
}

TEST_P(DriverContract, SharesAPortWhereBothAskForIt) {
  Party& party = add();
  Party& beside = world_->add_beside(party, config());
  Party& dialler = add();
  const Endpoint endpoint = party.listen();
  ASSERT_TRUE(beside.driver().listen(endpoint, {}).ok());
  constexpr std::size_t kDials = 40;
  for (std::size_t i = 0; i < kDials; ++i) dialler.connect(endpoint);
  EXPECT_TRUE(until([&] { return party.accepted.size() + beside.accepted.size() == kDials; }));
  EXPECT_GT(party.accepted.size(), 0U);
  EXPECT_GT(beside.accepted.size(), 0U);
}

TEST_P(DriverContract, StoppingAListenerKeepsWhatItAccepted) {
  Party& near = add();
  Party& far = add();
  const auto listener = far.driver().listen({far.v4(), 0}, {});
  ASSERT_TRUE(listener.ok());
  const Endpoint endpoint = far.driver().local(*listener);
  const ConnectionId kept = near.connect(endpoint);
  ASSERT_TRUE(until([&] { return near.story(kept).connected && far.accepted.size() == 1; }));
  far.driver().stop_listening(*listener);
  world_->settle();
  const ConnectionId late = near.connect(endpoint);
  ASSERT_TRUE(until([&] { return near.story(late).connected; }));
  EXPECT_EQ(near.story(late).connect_error, ECONNREFUSED);
  EXPECT_EQ(far.accepted.size(), 1U);
  near.write(kept, "still here");
  EXPECT_TRUE(until([&] { return far.story(far.accepted[0]).received == "still here"; }));
}

TEST_P(DriverContract, RefusesAcceptsAboveConnectionsMaxAndCountsThem) {
  Party& near = add();
  driver::DriverConfig few = config();
  few.connections_max = 2;
  Party& far = world_->add(few);
  const Endpoint endpoint = far.listen();
  std::vector<ConnectionId> dialled;
  for (int i = 0; i < 5; ++i) dialled.push_back(near.connect(endpoint));
  const auto refused = [&] {
    return std::count_if(dialled.begin(), dialled.end(), [&](ConnectionId id) {
      return near.story(id).ended || near.story(id).connect_error != 0;
    });
  };
  EXPECT_TRUE(until([&] { return refused() == 3; }));
  EXPECT_EQ(far.accepted.size(), 2U);
  EXPECT_EQ(far.driver().counters().accept_refused.value(), 3U);
  // Reset: a FIN would leave a socket of ours in the kernel for each of them.
  for (const ConnectionId id : dialled) {
    const Story& story = near.story(id);
    EXPECT_TRUE(!story.ended || story.end_error == ECONNRESET) << story.end_error;
  }
  // A slot that is free again takes the next one.
  far.close(far.accepted[0], CloseMode::reset);
  ASSERT_TRUE(until([&] { return far.story(far.accepted[0]).closed; }));
  near.connect(endpoint);
  EXPECT_TRUE(until([&] { return far.accepted.size() == 3; }));
}

TEST_P(DriverContract, RefusesConnectsAboveConnectionsMaxAtOnce) {
  driver::DriverConfig one = config();
  one.connections_max = 1;
  Party& near = world_->add(one);
  Party& far = add();
  const Endpoint endpoint = far.listen();
  near.connect(endpoint);
  const auto second = near.driver().connect(endpoint, {});
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().message().find("connections_max"), std::string::npos) << second.error().message();
}

TEST_P(DriverContract, AReusedSlotHasANewGeneration) {
  driver::DriverConfig one = config();
  one.connections_max = 1;
  Party& near = world_->add(one);
  Party& far = add();
  const Endpoint endpoint = far.listen();
  std::set<ConnectionId> seen;
  for (int i = 0; i < 5; ++i) {
    const ConnectionId dialled = near.connect(endpoint);
    EXPECT_EQ(dialled.slot, 0U);
    EXPECT_TRUE(seen.insert(dialled).second);
    ASSERT_TRUE(until([&] { return near.story(dialled).connected; }));
    near.close(dialled, i % 2 == 0 ? CloseMode::graceful : CloseMode::reset);
    ASSERT_TRUE(until([&] { return near.story(dialled).closed; }));
  }
}

TEST_P(DriverContract, AReleasedConnectionLivesOnWhereItIsAdopted) {
  Party& near = add();
  Party& far = add();
  Party& beside = world_->add_beside(far, config());
  join(beside, near);  // so that the slots of the two differ
  far.receive_accepted = false;
  const Pair pair = join(near, far);
  near.write(pair.near, "early");
  world_->settle();
  const Endpoint remote = far.driver().remote(pair.far);
  const int descriptor = far.driver().release(pair.far);
  const auto adopted = beside.driver().adopt(descriptor);
  ASSERT_TRUE(adopted.ok());
  EXPECT_EQ(beside.driver().remote(*adopted), remote);
  beside.story(*adopted) = {};
  beside.driver().start_receive(*adopted);
  near.write(pair.near, " and late");
  EXPECT_TRUE(until([&] { return beside.story(*adopted).received == "early and late"; }));
  beside.write(*adopted, "answer");
  EXPECT_TRUE(until([&] { return near.story(pair.near).received == "answer"; }));
  EXPECT_FALSE(far.story(pair.far).closed);
}

TEST_P(DriverContract, AFailedAdoptLeavesTheDescriptorToTheCaller) {
  Party& near = add();
  Party& far = add();
  driver::DriverConfig one = config();
  one.connections_max = 1;
  Party& full = world_->add_beside(far, one);
  far.receive_accepted = false;
  const Pair kept = join(full, near);
  const Pair pair = join(near, far);
  const int descriptor = far.driver().release(pair.far);
  const auto refused = full.driver().adopt(descriptor);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message().find("connections_max"), std::string::npos);
  const auto adopted = far.driver().adopt(descriptor);
  ASSERT_TRUE(adopted.ok());
  far.story(*adopted) = {};
  far.driver().start_receive(*adopted);
  near.write(pair.near, "through");
  EXPECT_TRUE(until([&] { return far.story(*adopted).received == "through"; }));
  EXPECT_FALSE(full.story(kept.near).ended);
}

TEST_P(DriverContract, ADiscardedConnectionIsHungUp) {
  Party& near = add();
  Party& far = add();
  far.receive_accepted = false;
  const Pair pair = join(near, far);
  near.write(pair.near, "to nobody");
  world_->settle();
  const int descriptor = far.driver().release(pair.far);
  world_->settle();
  EXPECT_FALSE(near.story(pair.near).ended);
  far.driver().discard(descriptor);
  EXPECT_TRUE(until([&] { return near.story(pair.near).ended; }));
  EXPECT_EQ(near.story(pair.near).end_error, ECONNRESET);
  EXPECT_FALSE(far.story(pair.far).closed);
}

}  // namespace ringwire::contract
