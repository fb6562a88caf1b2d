// The half of World that says what must hold: the sentences of docs/ownership.md §8 and the
// budgets.

#include <fmt/format.h>

#include <algorithm>

#include "proto/eci/v1/container_group.pb.h"
#include "provider/translate/identity.h"
#include "test/simulation/world.h"
#include "test/simulation/world_names.h"

namespace vk::simulation {
namespace {

// Calls of one process within a minute. Status calls: the agent's own budget; details: a tenth of
// the published limit, whose bucket holds a tenth of that at first.
constexpr std::size_t kStatusCallsAMinute = 600;
constexpr std::size_t kDetailCallsAMinute = 220;
// A minute's bucket begins when it is asked, not when the call arrives.
constexpr std::size_t kUnderWay = 10;

// The limit of one machine for all actions, on the average of a run.
constexpr double kCallsAMinute = 400;

// The key of the tag that holds a pod's UID.
std::string UidTag() {
  for (const eci::v1::Tag& tag : translate::IdentityTags({.pod_uid = "find-me"})) {
    if (tag.value() == "find-me") return tag.key();
  }
  return {};
}

// True when the cloud itself ended it before any of its containers ran: the pod gets another one.
bool NeverRan(const fake::GroupRecord& group) {
  return group.Reached("Failed") && !group.Reached("Running");
}

}  // namespace

std::string UidOf(const fake::GroupRecord& group) {
  static const std::string kTag = UidTag();
  const auto tag = group.tags.find(kTag);
  return tag == group.tags.end() ? std::string() : tag->second;
}

std::string World::Unsettled() const {
  if (!script_.empty() || (options_.drawn() && timeline_.now() < faults_end_))
    return "the script goes on";
  std::set<std::string> living;
  for (const Cluster* const cluster : {cluster_.get(), other_cluster_.get()}) {
    if (cluster == nullptr) continue;
    if (std::string why = Unsettled(*cluster, &living); !why.empty()) return why;
  }
  for (const fake::GroupRecord& group : cloud_->groups()) {
    const bool may_live = foreign_groups_.contains(group.id) || living.contains(UidOf(group));
    if (!may_live && !group.Ended())
      return "group " + group.id + " of pod " + UidOf(group) + " goes on";
  }
  return {};
}

std::string World::Unsettled(const Cluster& cluster, std::set<std::string>* living) const {
  const bool blind = IsBlind(cluster);
  for (const auto& [uid, pod] : cluster.pods()) {
    if (!pod.exists || (blind && !pod.terminal())) continue;
    if (pod.deleting) return "pod " + uid + " is being deleted";
    if (!IsThere(pod)) return "pod " + uid + " is " + pod.phase;
    if (!pod.terminal()) living->insert(uid);
  }
  return {};
}

bool World::IsThere(const WitnessedPod& pod) {
  if ((pod.undeleted || pod.lost) && pod.terminal()) return true;
  const std::string ending = pod.plan.Ending();
  return pod.phase == (ending.empty() ? "Running" : ending);
}

// A pod names a group that is gone, and there is no other: nothing may be concluded from a listing
// that is all empty (docs/ownership.md §3), so that whoever needs a conclusion waits for the next
// group.
bool World::IsBlind(const Cluster& cluster) const {
  const bool names_what_is_gone = std::ranges::any_of(cluster.pods(), [](const auto& entry) {
    const WitnessedPod& pod = entry.second;
    return pod.exists && (pod.undeleted || pod.replaced || pod.delete_forgotten) && !pod.terminal();
  });
  return names_what_is_gone && std::ranges::all_of(cloud_->groups(), [&](const auto& group) {
           return group.transitions.back().status == "Removed" ||
                  !cluster.pods().contains(UidOf(group));
         });
}

void World::Witness(const std::string& process, const Cluster& cluster, std::string_view action,
                    const google::protobuf::Message& request) {
  trace_.Note(fmt::format("cloud call {}", action));
  CheckPace(process, action);
  if (action == "DescribeContainerGroupStatus") NoteLateListing();
  if (action == "CreateContainerGroup" && ++creates_ == stop_after_groups_) {
    script_.emplace(timeline_.now() + std::chrono::milliseconds(schedule_.Between(0, 3000)),
                    [this] { Stop(); });
  }
  if (action != "DeleteContainerGroup") return;
  CheckDelete(
      static_cast<const eci::v1::DeleteContainerGroupRequest&>(request).container_group_id(),
      cluster);
}

void World::NoteLateListing() {
  const auto lag = cloud_->behaviours().listing_lag;
  const auto& groups = cloud_->groups();
  late_listings_ += lag.count() > 0 && !groups.empty() &&
                    groups.back().transitions.front().at.steady + lag > timeline_.now();
}

void World::CheckPace(const std::string& process, std::string_view action) {
  const std::size_t calls = ledger_.NoteCloudCall(process, action, timeline_.now());
  if (action == "DescribeContainerGroupStatus" && calls > kStatusCallsAMinute)
    Violate(fmt::format("{}: {} status calls within a minute", process, calls));
  if (action == "DescribeContainerGroups" && calls > kDetailCallsAMinute + kUnderWay)
    Violate(fmt::format("{}: {} calls for details within a minute", process, calls));
}

void World::CheckCallsInAll() {
  const double minutes =
      std::chrono::duration<double, std::ratio<60>>(timeline_.now() - start_ - stopped_).count();
  const auto bound = static_cast<std::uint64_t>(
      kCallsAMinute * static_cast<double>(machines_.size()) * (minutes + 1));
  if (ledger_.cloud_calls() > bound)
    Violate(fmt::format("{} cloud calls, more than {}: a live-lock", ledger_.cloud_calls(), bound));
}

Cluster* World::OwnerOf(const std::string& uid) const {
  for (Cluster* const cluster : {cluster_.get(), other_cluster_.get()}) {
    if (cluster != nullptr && cluster->pods().contains(uid)) return cluster;
  }
  return nullptr;
}

// A group may be deleted only by an agent of its cluster, and when its pod is gone or going, has
// ended, or has another group.
void World::CheckDelete(const std::string& group_id, const Cluster& cluster) {
  trace_.Note("delete " + group_id);
  if (foreign_groups_.contains(group_id))
    return Violate("deletes a group of somebody else: " + group_id);
  const auto& groups = cloud_->groups();
  const auto group = std::find_if(groups.begin(), groups.end(),
                                  [&](const auto& record) { return record.id == group_id; });
  if (group == groups.end()) return;
  const std::string uid = UidOf(*group);
  Cluster* const owner = OwnerOf(uid);
  if (owner != nullptr && owner != &cluster)
    return Violate("deletes a group of another cluster: " + group_id + " of " + uid);
  if (owner != nullptr && (NeverRan(*group) || group->Reached("ScheduleFailed")))
    owner->NoteReplaced(uid);
  if (owner == nullptr || group->Ended()) return;
  const WitnessedPod& pod = owner->pods().at(uid);
  if (!pod.exists || pod.deleting || pod.terminal() || pod.undeleted) return;
  const bool has_another =
      std::any_of(groups.begin(), groups.end(), [&](const fake::GroupRecord& other) {
        return other.id != group_id && UidOf(other) == uid && !other.Ended();
      });
  if (!has_another) Violate("deletes the group of a living pod: " + group_id + " of " + uid);
}

void World::CheckGroups() {
  std::map<std::string, std::vector<const fake::GroupRecord*>> placed;
  for (const fake::GroupRecord& group : cloud_->groups()) {
    if (foreign_groups_.contains(group.id)) {
      if (group.Ended() || !group.deletes.empty()) Violate("a group of somebody else was touched");
      continue;
    }
    const std::string uid = UidOf(group);
    const Cluster* const owner = OwnerOf(uid);
    if (owner == nullptr) {
      Violate("group " + group.id + " belongs to no pod");
      continue;
    }
    if (group.Reached("Pending")) placed[uid].push_back(&group);
    if (!owner->pods().at(uid).exists && !group.Ended())
      Violate("leaked: group " + group.id + " of " + uid);
  }
  for (const auto& [uid, groups] : placed) CheckPlaced(uid, groups);
}

// Never two at a time; and one after another only where the first failed to start.
void World::CheckPlaced(const std::string& uid,
                        const std::vector<const fake::GroupRecord*>& groups) {
  const auto idle = std::count_if(groups.begin(), groups.end(),
                                  [](const auto* group) { return NeverRan(*group); });
  const bool undeleted = OwnerOf(uid)->pods().at(uid).undeleted;
  if (static_cast<std::ptrdiff_t>(groups.size()) - idle > 1 && !undeleted)
    Violate("two groups of pod " + uid + " got past Scheduling");
  for (const fake::GroupRecord* const group : groups) {
    for (const fake::GroupRecord* const other : groups) {
      if (group == other || other->Reached("Pending")->steady < group->Reached("Pending")->steady)
        continue;
      const auto ended = group->Ended();
      if (!ended || ended->steady > other->Reached("Pending")->steady)
        Violate("two groups of pod " + uid + " were there at the same time");
    }
  }
}

}  // namespace vk::simulation
