#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/fake_eci/engine/group/group.h"
#include "tools/fake_eci/engine/group/group_host.h"
#include "tools/fake_eci/engine/world.h"

namespace vk::fake {

// The states of a group and of its containers, and what moves them: the agenda, or the world's
// GroupHost where containers are real (ECI, "Life cycle of
// an elastic container instance"). Every method acts at world.now and puts what follows on the
// agenda. REQUIRES: `world` outlives it.
class GroupLife {
 public:
  explicit GroupLife(World& world) : world_(world) {}

  // A group that was just added to the world, its capacity taken: Scheduling.
  void Begin(Group& group);

  // A group that was just put back into the world: Running when an app container of it runs, else
  // Pending, its first container to be started by the host's report that it is prepared.
  void Resume(Group& group);

  // DeleteContainerGroup. Containers get SIGTERM and the group's grace, with `force` none. May
  // remove the group; the reference is not to be used afterwards.
  void Delete(Group& group, bool force);

  // RestartContainerGroup. REQUIRES: Pending or Running.
  void Restart(Group& group);

  // UpdateContainerGroup, whose changes are in the group: ends the running lives of these
  // containers and starts them anew, also those that cannot start; one in back-off has the change
  // with its next start. A Running group is Updating meanwhile. REQUIRES: Pending or Running.
  void Update(Group& group, const std::vector<std::size_t>& containers);

  // A spot instance is taken back three minutes from now: event SpotToBeReleased, then Expired.
  void Reclaim(Group& group);

  // It cannot go on: a warning event, then Failed.
  void Fail(Group& group, const std::string& reason, std::string_view message);

  // One due step of a group; outdated ones do nothing.
  void Run(const Step& step);

  // What the world's GroupHost has to tell; outdated news does nothing.
  void Report(const HostReport& report);

  // Events of one reason and message are counted, not repeated.
  void AddEvent(Group& group, std::string_view source, std::string_view type,
                std::string_view reason, std::string_view message);

 private:
  void RunGroupStep(Group& group, const Step& step);

  // States of the group.
  void SetStatus(Group& group, const std::string& status);
  void Place(Group& group);
  void AddDeadline(const Group& group);
  void StartFirst(Group& group);
  // The group was adopted: its program had ended before all of them were started.
  void StartMissing(Group& group);
  void End(Group& group, const std::string& status);
  void FinishDelete(Group& group);
  void ReleaseCapacity(Group& group);
  void Forget();  // What retention no longer covers.

  // Which containers start and end when; in container_order.cc.
  void LaunchDue(Group& group);
  void EndIfDone(Group& group);
  void EndSidecars(Group& group);
  void Terminate(Group& group, std::chrono::nanoseconds grace);
  void StopNext(Group& group);
  void Stop(Group& group, std::size_t index, std::chrono::nanoseconds grace);

  // States of containers; in container_life.cc.
  void RunContainerStep(Group& group, const Step& step);
  void StartContainer(Group& group, std::size_t index);
  void Simulate(Group& group, std::size_t index);
  void BecomeRunning(SimulatedContainer& container) const;
  void ContainerEnded(Group& group, std::size_t index, int exit_code, int signal);
  void AfterEnd(Group& group, std::size_t index);
  void AfterInit(Group& group, std::size_t index);
  void AfterApp(Group& group, std::size_t index);
  void RestartLater(Group& group, std::size_t index);
  void RestartUpdated(Group& group, std::size_t index, std::chrono::nanoseconds after);
  void KillAll(Group& group, const std::string& reason);
  bool AnyRunning(const Group& group) const;

  // In host_reports.cc.
  void ReportPrepared(Group& group, const HostReport& report);
  void ReportContainer(Group& group, const HostReport& report);
  void ReportExit(Group& group, const HostReport& report);
  void Evict(Group& group, const std::string& message);

  void AddStep(const Group& group, std::chrono::nanoseconds after, StepKind kind);
  void AddStep(const Group& group, std::size_t container, std::chrono::nanoseconds after,
               StepKind kind, int exit_code = 0);

  World& world_;
};

}  // namespace vk::fake
