// A doubly linked list through the objects themselves: no allocation, removal in O(1) from anywhere.
//
// An object derives from ListNode<Tag> once per list it can be in. It must outlive its membership; destroying
// a linked node unlinks it. Thread: the list's owner only.
#pragma once

#include "codec/base/check.hpp"

namespace ringwire {

template <class Tag>
class ListNode {
 public:
  ListNode() = default;
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;
  ~ListNode() { unlink(); }

  [[nodiscard]] bool linked() const { return next_ != nullptr; }
  void unlink() {
    if (next_ == nullptr) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = nullptr;
  }

 private:
  template <class T, class U>
  friend class IntrusiveList;
  ListNode* previous_ = nullptr;
  ListNode* next_ = nullptr;
};

template <class T, class Tag>
class IntrusiveList {
 public:
  using Node = ListNode<Tag>;

  IntrusiveList() { head_.previous_ = head_.next_ = &head_; }
  IntrusiveList(const IntrusiveList&) = delete;
  IntrusiveList& operator=(const IntrusiveList&) = delete;
  ~IntrusiveList() {
    while (!empty()) head_.next_->unlink();
    head_.previous_ = head_.next_ = nullptr;
  }

  [[nodiscard]] bool empty() const { return head_.next_ == &head_; }
  [[nodiscard]] T* front() { return empty() ? nullptr : static_cast<T*>(head_.next_); }

  void push_back(T& item) { insert_before(head_, item); }
  void push_front(T& item) { insert_before(*head_.next_, item); }
  T* pop_front() {
    T* first = front();
    if (first != nullptr) static_cast<Node*>(first)->unlink();
    return first;
  }
  // The item after `item`, null at the end.
  [[nodiscard]] T* next(T& item) {
    Node* following = static_cast<Node&>(item).next_;
    return following == &head_ ? nullptr : static_cast<T*>(following);
  }

 private:
  void insert_before(Node& position, T& item) {
    Node& node = item;
    RW_ASSERT(!node.linked());
    node.previous_ = position.previous_;
    node.next_ = &position;
    position.previous_->next_ = &node;
    position.previous_ = &node;
  }

  Node head_;
};

}  // namespace ringwire
