#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "provider/kube/reflector.h"

namespace vk::controllers {

// What counts of every object of one kind, as its reflector shows it. Used on the core thread.
template <class Facts>
class ObjectMirror final : public kube::ReflectorSink {
 public:
  // Nothing when the bytes are no such object.
  using Read = std::function<std::optional<Facts>(const std::string& object)>;
  // Told of each object that differs in what counts: "default/web", before and now, null where
  // there was or is none.
  using OnChange =
      std::function<void(const std::string& key, const Facts* before, const Facts* now)>;

  ObjectMirror(Read read, OnChange on_change, std::function<void()> on_unreadable,
               std::function<void()> on_list)
      : read_(std::move(read)),
        on_change_(std::move(on_change)),
        on_unreadable_(std::move(on_unreadable)),
        on_list_(std::move(on_list)) {}

  const std::map<std::string, Facts>& objects() const { return objects_; }
  const Facts* Find(const std::string& key) const {
    const auto found = objects_.find(key);
    return found == objects_.end() ? nullptr : &found->second;
  }

  // A whole list was seen.
  bool synced() const { return synced_; }
  // What is not here does not exist: the last list was whole, and all that came could be read.
  bool complete() const { return synced_ && complete_ && unreadable_.empty(); }

  void OnListBegin() override { listed_.clear(); }
  void OnListPage(std::vector<kube::ListedObject> page) override {
    for (const kube::ListedObject& listed : page) {
      const std::string key = KeyOf(listed.identity);
      listed_.insert(key);
      Take(key, listed.object);
    }
  }
  void OnListEnd(bool complete) override {
    complete_ = complete;
    std::vector<std::string> gone;
    for (const auto& [key, facts] : objects_) {
      if (complete && !listed_.contains(key)) gone.push_back(key);
    }
    for (const std::string& key : gone) Drop(key);
    if (complete)
      std::erase_if(unreadable_, [this](const auto& k) { return !listed_.contains(k); });
    listed_.clear();
    synced_ = true;
    on_list_();
  }
  void OnEvent(const kube::ObjectIdentity& identity, kube::WatchEvent event) override {
    if (event.type == kube::WatchEventType::kDeleted) {
      Drop(KeyOf(identity));
    } else {
      Take(KeyOf(identity), event.object);
    }
  }

 private:
  static std::string KeyOf(const kube::ObjectIdentity& identity) {
    return identity.ns + "/" + identity.name;
  }

  void Take(const std::string& key, const std::string& object) {
    std::optional<Facts> facts = read_(object);
    if (!facts) {
      unreadable_.insert(key);
      on_unreadable_();
      return;
    }
    unreadable_.erase(key);
    const auto known = objects_.find(key);
    if (known != objects_.end() && known->second == *facts) return;
    std::optional<Facts> before;
    if (known != objects_.end()) before = std::move(known->second);
    const Facts& now = objects_.insert_or_assign(key, *std::move(facts)).first->second;
    on_change_(key, before ? &*before : nullptr, &now);
  }

  void Drop(const std::string& key) {
    unreadable_.erase(key);
    const auto known = objects_.extract(key);
    if (!known.empty()) on_change_(key, &known.mapped(), nullptr);
  }

  const Read read_;
  const OnChange on_change_;
  const std::function<void()> on_unreadable_;
  const std::function<void()> on_list_;
  std::map<std::string, Facts> objects_;
  std::set<std::string> listed_;      // By the running list.
  std::set<std::string> unreadable_;  // They exist; nobody knows what they say.
  bool synced_ = false;
  bool complete_ = false;
};

}  // namespace vk::controllers
