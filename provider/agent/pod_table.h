#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "provider/agent/pod_record.h"
#include "provider/kube/object_bytes.h"

namespace vk::agent {

// Every pod of this node by UID, as long as anything of it is left here or in the cloud. Holds all
// parts of a PodRecord and writes its `desired` part: from the reflector, and from the API server's
// answers to our own patches; the newer resource version wins. Core thread.
class PodTable {
 public:
  // Called after a record changed or appeared, or one of the same name was dropped. REQUIRES: it
  // calls no method that changes the table.
  using OnChange = std::function<void(const std::string& uid)>;

  PodTable(base::Clock& clock, base::Log& log) : clock_(clock), log_(log) {}

  void set_on_change(OnChange on_change) { on_change_ = std::move(on_change); }

  // Called when a list shows an older state of a pod than was known before the list began: the API
  // server was restored from a backup, and what is held is from a future that never was.
  void set_on_turned_back(std::function<void()> told) { on_turned_back_ = std::move(told); }

  // The pod as some answer or event shows it. False for an object that is not a Pod, which is
  // logged and skipped.
  bool Upsert(std::string_view bytes) { return Upsert(bytes, clock_.Now()); }
  // `received` is when it came in.
  bool Upsert(std::string_view bytes, base::TimePoint received);

  // True when this version of the object, or a newer one, is held already, so that its bytes need
  // no reading. Within a list it counts as named.
  bool Holds(const kube::ObjectIdentity& object);

  // The pod's object is gone: a DELETED event, or an answer that says so.
  void MarkVanished(const std::string& uid);

  // A whole list, begun now and read from the quorum: Upsert for each between the two. When
  // `complete`, what was not among them has vanished.
  void BeginReplace();
  void EndReplace(bool complete);

  // Drops a record of which nothing is left.
  void Forget(const std::string& uid);

  // True once a list has ended. A pod whose bytes could not be read is missing even then.
  bool synced() const { return synced_; }

  PodRecord* Find(const std::string& uid);
  const PodRecord* Find(const std::string& uid) const;
  const std::map<std::string, PodRecord>& records() const { return records_; }

  // The pod of this name that the API server shows; null when it shows none.
  const PodRecord* Shown(std::string_view ns, std::string_view name) const;

  // All other records with this pod's namespace and name, in whatever state; the caller picks.
  std::vector<const PodRecord*> Namesakes(const PodSnapshot& pod) const;

 private:
  using Name = std::pair<std::string, std::string>;

  void Apply(std::shared_ptr<const PodSnapshot> pod, base::TimePoint received);
  bool IsFromThePast(const DesiredPod& held, std::string_view version) const;
  bool ComesBack(const std::string& uid);
  // How long ago the deletion of a pod was asked for, by its deletionTimestamp.
  base::TimePoint::duration Since(std::int64_t wall_seconds) const;
  void Tell(const std::string& uid) const;

  base::Clock& clock_;
  base::Log& log_;
  OnChange on_change_;
  std::function<void()> on_turned_back_;
  std::map<std::string, PodRecord> records_;
  std::map<Name, std::set<std::string>> by_name_;
  std::optional<std::set<std::string>> replacing_;  // UIDs of the list that is coming in.
  std::map<std::string, base::TimePoint> gone_;     // The newest of the forgotten, and since when.
  std::deque<std::string> gone_order_;
  base::TimePoint replace_began_;
  bool turned_back_ = false;  // Told once a list.
  bool synced_ = false;
  bool knew_all_ = false;  // A whole list was complete: what appears after it is new.
};

}  // namespace vk::agent
