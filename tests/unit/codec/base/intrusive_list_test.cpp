#include "codec/base/intrusive_list.hpp"

#include <gtest/gtest.h>

namespace ringwire {
namespace {

struct WaitingTag;
struct ReadyTag;
struct Item : ListNode<WaitingTag>, ListNode<ReadyTag> {
  explicit Item(int v) : value(v) {}
  int value;
};

TEST(IntrusiveList, KeepsOrderAndRemovesFromTheMiddle) {
  IntrusiveList<Item, WaitingTag> list;
  Item a(1), b(2), c(3);
  list.push_back(b);
  list.push_back(c);
  list.push_front(a);
  static_cast<ListNode<WaitingTag>&>(b).unlink();
  EXPECT_EQ(list.next(a), &c);
  EXPECT_EQ(list.next(c), nullptr);
  EXPECT_EQ(list.pop_front()->value, 1);
  EXPECT_EQ(list.pop_front()->value, 3);
  EXPECT_EQ(list.pop_front(), nullptr);
}

TEST(IntrusiveList, AnItemIsInOneListPerTag) {
  IntrusiveList<Item, WaitingTag> waiting;
  IntrusiveList<Item, ReadyTag> ready;
  Item item(1);
  waiting.push_back(item);
  ready.push_back(item);
  EXPECT_EQ(waiting.pop_front(), &item);
  EXPECT_FALSE(ready.empty());
}

TEST(IntrusiveList, ADestroyedListLetsItsItemsGo) {
  Item a(1), b(2);
  {
    IntrusiveList<Item, WaitingTag> list;
    list.push_back(a);
    list.push_back(b);
  }
  IntrusiveList<Item, WaitingTag> next;
  next.push_back(b);
  next.push_back(a);
  EXPECT_EQ(next.pop_front(), &b);
  EXPECT_EQ(next.pop_front(), &a);
}

TEST(IntrusiveList, ADestroyedItemLeavesItsList) {
  IntrusiveList<Item, WaitingTag> list;
  {
    Item item(1);
    list.push_back(item);
  }
  EXPECT_TRUE(list.empty());
}

}  // namespace
}  // namespace ringwire
