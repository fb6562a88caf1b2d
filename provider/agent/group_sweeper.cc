#include "provider/agent/group_sweeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/page_tokens.h"
#include "base/task_group.h"
#include "proto/eci/v1/container_group.pb.h"

namespace vk::agent {
namespace {

constexpr std::size_t kFewGroups = 10;
constexpr double kManyShare = 0.2;
constexpr int kListPage = 500;

}  // namespace

GroupSweeper::GroupSweeper(SweeperOptions options, std::string node_name, eci::EciApi& cloud,
                           kube::KubeApi& api, PodTable& pods, GroupBook& book,
                           StatusPoller& poller, Events& events, std::function<bool()> may_act,
                           const base::SendPermit& permit, base::Clock& clock, base::Log& log,
                           base::Metrics& metrics)
    : options_(options),
      node_name_(std::move(node_name)),
      cloud_(cloud),
      api_(api),
      pods_(pods),
      book_(book),
      poller_(poller),
      events_(events),
      may_act_(std::move(may_act)),
      permit_(permit),
      clock_(clock),
      log_(log),
      swept_(metrics.GetCounter("virtual_node_groups_swept_total",
                                "Container groups deleted because no pod owns them.")),
      orphans_(metrics.GetGauge("virtual_node_orphan_groups",
                                "Container groups of this node that no pod here owns.")) {}

boost::asio::awaitable<void> GroupSweeper::Run() {
  while (!co_await base::Cancelled()) {
    (void)co_await clock_.SleepUntil(clock_.Now() + options_.period);
    const auto& unclaimed = poller_.claims().unclaimed();
    orphans_.Set(static_cast<double>(unclaimed.size()));
    std::erase_if(deleted_, [&](const std::string& id) { return !unclaimed.contains(id); });
    if (options_.mode != SweepMode::kOff && may_act_() && poller_.sees()) co_await SweepOnce();
  }
}

boost::asio::awaitable<void> GroupSweeper::SweepOnce() {
  for (const std::string& id : Surplus()) {
    if (const UnclaimedGroup* const group = Sweepable(id);
        group != nullptr && IsSurplus(id, *group))
      co_await Delete(id, "its pod has another group or has ended");
  }
  std::vector<std::string> candidates = Orphans();
  if (candidates.empty()) {
    mass_since_.reset();
    co_return;
  }
  const auto living = co_await ListPodUids();
  if (!living) {
    log_.Warn("cannot list the pods before a sweep", {{"error", living.error().message}});
    co_return;
  }
  const auto is_orphan = [&](const std::string& id) {
    const UnclaimedGroup* const group = Sweepable(id);
    return group != nullptr && IsOrphan(*group) && !living->contains(group->identity.pod_uid);
  };
  std::erase_if(candidates, [&](const std::string& id) { return !is_orphan(id); });
  if (Hold(candidates.size())) co_return;
  for (const std::string& id : candidates) {
    // A pod may have claimed it during the deletion of the one before.
    if (is_orphan(id)) co_await Delete(id, "its pod no longer exists");
  }
}

// Null when there is nothing to delete, or it may not be deleted whatever became of its pod.
const UnclaimedGroup* GroupSweeper::Sweepable(const std::string& id) const {
  const auto& unclaimed = poller_.claims().unclaimed();
  const auto group = unclaimed.find(id);
  const bool may_be = group != unclaimed.end() && !group->second.ended && !deleted_.contains(id) &&
                      HasAllTags(group->second.identity) && book_.OwnerOf(id).empty();
  return may_be && poller_.sees() ? &group->second : nullptr;
}

bool GroupSweeper::IsOrphan(const UnclaimedGroup& group) const {
  return clock_.Now() - group.first_seen >= options_.orphan_grace &&
         pods_.Find(group.identity.pod_uid) == nullptr;
}

bool GroupSweeper::IsSurplus(const std::string& id, const UnclaimedGroup& group) const {
  const PodRecord* const owner = pods_.Find(group.identity.pod_uid);
  if (!group.surplus || owner == nullptr) return false;
  if (owner->desired.vanished || owner->desired.pod->terminal()) return true;
  // A pod may name a group that is long gone: only one that was seen makes the other superfluous.
  return owner->group.IsThere() && owner->group.seen && owner->group.id != id;
}

std::vector<std::string> GroupSweeper::Surplus() const {
  std::vector<std::string> ids;
  for (const auto& [id, group] : poller_.claims().unclaimed()) {
    if (Sweepable(id) != nullptr && IsSurplus(id, group)) ids.push_back(id);
  }
  return ids;
}

std::vector<std::string> GroupSweeper::Orphans() const {
  std::vector<std::string> ids;
  for (const auto& [id, group] : poller_.claims().unclaimed()) {
    if (Sweepable(id) != nullptr && IsOrphan(group)) ids.push_back(id);
  }
  return ids;
}

bool GroupSweeper::Hold(std::size_t candidates) {
  const double all =
      static_cast<double>(book_.owners().size() + poller_.claims().unclaimed().size());
  const bool many =
      static_cast<double>(candidates) > std::max(static_cast<double>(kFewGroups), kManyShare * all);
  if (!many || options_.mode == SweepMode::kForce) {
    mass_since_.reset();
    return false;
  }
  if (!mass_since_) {
    mass_since_ = clock_.Now();
    events_.OnNode(
        true, "ManyOrphanGroups",
        fmt::format("{} container groups of this node have no pod; they are deleted in {} minutes "
                    "unless their pods "
                    "return (--orphan-sweep=force deletes at once, --orphan-sweep=off never)",
                    candidates, options_.mass_wait.count()));
  }
  return clock_.Now() - *mass_since_ < options_.mass_wait;
}

boost::asio::awaitable<base::Result<std::set<std::string>>> GroupSweeper::ListPodUids() {
  std::set<std::string> uids;
  base::PageTokens tokens;
  kube::ListOptions options;
  options.field_selector = "spec.nodeName=" + node_name_;
  options.limit = kListPage;
  do {
    VK_CO_TRY(page,
              co_await api_.List(kube::kPods, "", options, clock_.Now() + options_.call_limit));
    for (const std::string& item : page.items) {
      // An unreadable pod may be the owner of any group: better to sweep nothing.
      VK_CO_TRY(pod, MakePodSnapshot(item));
      uids.insert(pod->uid);
    }
    VK_CO_CHECK_OK(tokens.Advance(page.continue_token));
    options.continue_token = tokens.next();
  } while (!tokens.done());
  co_return uids;
}

boost::asio::awaitable<void> GroupSweeper::Delete(std::string group_id, std::string reason) {
  if (!may_act_()) co_return;
  eci::v1::DeleteContainerGroupRequest request;
  request.set_container_group_id(group_id);
  request.set_force(true);
  const auto reply = co_await cloud_.DeleteContainerGroup(
      std::move(request), {.deadline = clock_.Now() + options_.call_limit, .permit = &permit_});
  if (!reply && base::WasNotSent(reply.error())) co_return;
  if (!reply && reply.error().code != base::ErrorCode::kNotFound) {
    log_.Warn("cannot sweep a container group", {{"group", group_id},
                                                 {"error", reply.error().message},
                                                 {"code", reply.error().cloud_code},
                                                 {"request_id", reply.error().request_id}});
    co_return;
  }
  deleted_.insert(group_id);
  swept_.Add();
  log_.Info("swept a container group", {{"group", group_id}, {"reason", reason}});
  events_.OnNode(true, "SweptContainerGroup",
                 "Deleted container group " + group_id + ": " + reason);
}

}  // namespace vk::agent
