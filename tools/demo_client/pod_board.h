#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/event.h"
#include "provider/kube/reflector.h"

namespace vk::demo {

// What the watch showed of one pod; a moment is that of the frame which showed it first.
struct SeenPod {
  std::string name;
  std::string uid;
  std::string ip;
  std::string phase;
  std::string node;
  bool deleting = false;
  std::optional<base::TimePoint> running;  // Phase Running.
  std::optional<base::TimePoint> gone;
};

// All pods of the application by name, fed by a Reflector. Used on its thread.
class PodBoard final : public kube::ReflectorSink {
 public:
  // REQUIRES: `clock` outlives it.
  PodBoard(base::Clock& clock, boost::asio::any_io_executor executor)
      : clock_(clock), changed_(std::move(executor)) {}

  // Null for a name that was never seen.
  const SeenPod* Find(const std::string& name) const;
  const std::map<std::string, SeenPod>& pods() const { return pods_; }

  // Pods that have been Running at some time, and pods that have not gone.
  int running() const { return running_; }
  int present() const { return present_; }
  // "name: reason" of pods that failed.
  const std::vector<std::string>& failures() const { return failures_; }

  // Set at every change.
  base::Event& changed() { return changed_; }

  void OnListBegin() override { listed_.clear(); }
  void OnListPage(std::vector<kube::ListedObject> page) override;
  void OnListEnd(bool complete) override;
  void OnEvent(const kube::ObjectIdentity& identity, kube::WatchEvent event) override;

 private:
  void Note(const std::string& object, base::TimePoint when);
  void NoteGone(const std::string& name, base::TimePoint when);

  base::Clock& clock_;
  base::Event changed_;
  std::map<std::string, SeenPod> pods_;
  std::set<std::string> listed_;
  std::vector<std::string> failures_;
  int running_ = 0;
  int present_ = 0;
};

}  // namespace vk::demo
