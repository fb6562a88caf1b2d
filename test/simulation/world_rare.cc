// What happens in few runs, each drawn from a stream of its own, so that another one leaves the
// worlds of the others as they are.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "test/simulation/world.h"
#include "test/simulation/world_names.h"

namespace vk::simulation {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::int64_t kMostPods = 5;  // The highest number of a pod's name.

milliseconds Moment(base::Random& random) { return milliseconds(random.Between(500, 50'000)); }

}  // namespace

void World::DrawRare() {
  DrawNamesByHand();
  DrawPermission();
  DrawLeftOvers();
  DrawLeaseReturned();
  DrawFreeze();
  DrawHidden();
}

// Somebody who may edit pods writes into the annotation that names a pod's group: somebody else's
// group, another pod's, or no id at all.
void World::DrawNamesByHand() {
  base::Random random = random_.Split("names by hand");
  if (!random.Chance(0.15)) return;
  for (std::int64_t i = random.Between(1, 3); i > 0; --i) {
    const std::string name = fmt::format("pod-{}", random.Between(0, kMostPods));
    const auto kind = random.Between(0, 2);
    const auto pick = static_cast<std::size_t>(random.Between(0, 1000));
    At(Moment(random), [this, name, kind, pick] {
      const auto& groups = cloud_->groups();
      std::string id = "eci-\"]";
      if (kind == 0)
        id = *std::next(foreign_groups_.begin(),
                        static_cast<std::ptrdiff_t>(pick % foreign_groups_.size()));
      if (kind == 1) id = groups[pick % groups.size()].id;
      cluster_->Annotate(name, id);
    });
  }
}

// The permission to list goes and comes back.
void World::DrawPermission() {
  base::Random random = random_.Split("permission");
  if (!random.Chance(0.15)) return;
  for (std::int64_t i = random.Between(1, 4); i > 0; --i) {
    const auto gone = Moment(random);
    const auto span = milliseconds(random.Between(2000, random.Chance(0.5) ? 5000 : 40'000));
    const bool all = random.Chance(0.5);
    const auto rule = std::make_shared<int>(0);
    At(gone, [this, rule, all] {
      *rule = cloud_->faults().Add({.action = all ? "" : "DescribeContainerGroupStatus",
                                    .caller = kKey,
                                    .kind = fake::FaultKind::kEmptyListing});
    });
    At(gone + span, [this, rule] { (void)cloud_->faults().Remove(*rule); });
  }
}

// Finished pods from long ago, whose groups the cloud has forgotten.
void World::DrawLeftOvers() {
  base::Random random = random_.Split("left-overs");
  if (!random.Chance(0.2)) return;
  for (std::int64_t i = random.Between(1, 3); i > 0; --i) {
    const std::string name = fmt::format("left-{}", i);
    cluster_->CreateFinishedPod({.name = name, .run_seconds = 1, .exit_code = 1}, kNode,
                                fmt::format("eci-leftover{}", i), random.Chance(0.5));
    if (random.Chance(0.5)) At(Moment(random), [this, name] { DeletePod(name, false); });
  }
}

// The holder of the Lease gives it back while another process waits, and comes again.
void World::DrawLeaseReturned() {
  base::Random random = random_.Split("lease returned");
  if (!random.Chance(0.15)) return;
  AddMachine(*cluster_, kKey, milliseconds(random.Between(0, 20'000)));
  for (std::int64_t i = random.Between(1, 3); i > 0; --i) {
    const auto machine = random.Chance(0.5) ? std::size_t{0} : machines_.size() - 1;
    const auto ends = Moment(random);
    At(ends, [this, machine] {
      if (machines_[machine].process) machines_[machine].process->Terminate();
    });
    At(ends + milliseconds(random.Between(100, 10'000)), [this, machine] { Kill(machine); });
  }
}

// A machine stands still, with calls on their way, for longer than its Lease lasts.
void World::DrawFreeze() {
  base::Random random = random_.Split("freeze");
  if (!random.Chance(0.15)) return;
  if (random.Chance(0.5)) AddMachine(*cluster_, kKey, milliseconds(random.Between(0, 10'000)));
  for (std::int64_t i = random.Between(1, 2); i > 0; --i) {
    const auto span = milliseconds(random.Between(1000, 45'000));
    At(Moment(random), [this, span] { machines_[0].frozen_until = timeline_.now() + span; });
  }
}

// Groups that run vanish from the listings, and come again.
void World::DrawHidden() {
  base::Random random = random_.Split("hidden");
  if (!random.Chance(0.15)) return;
  for (std::int64_t i = random.Between(1, 2); i > 0; --i) {
    const auto where = random.Chance(0.5) ? fake::Hidden::kInListings : fake::Hidden::kEverywhere;
    const auto span = milliseconds(random.Between(100, random.Chance(0.5) ? 5000 : 120'000));
    const auto pick = static_cast<std::size_t>(random.Between(0, 1000));
    At(Moment(random), [this, where, span, pick] { Hide(where, span, pick); });
  }
}

// Only of a pod that is shown as running, whose status so names its group: what nobody has been
// told of and nothing shows cannot be known.
void World::Hide(fake::Hidden where, std::chrono::nanoseconds span, std::size_t pick) {
  std::vector<std::string> ids;
  for (const fake::GroupRecord& group : cloud_->groups()) {
    const auto pod = cluster_->pods().find(UidOf(group));
    const bool named = pod != cluster_->pods().end() && pod->second.phase == "Running";
    if (named && !group.Ended() && !foreign_groups_.contains(group.id)) ids.push_back(group.id);
  }
  if (ids.empty()) return;
  const std::string id = ids[pick % ids.size()];
  trace_.Note("group " + id + " is hidden");
  cloud_->behaviours().hidden[id] = where;
  if (where == fake::Hidden::kEverywhere) {
    const auto group = std::ranges::find(cloud_->groups(), id, &fake::GroupRecord::id);
    cluster_->NoteHidden(UidOf(*group));
  }
  script_.emplace(timeline_.now() + span, [this, id] {
    trace_.Note("group " + id + " shows again");
    cloud_->behaviours().hidden.erase(id);
  });
}

}  // namespace vk::simulation
