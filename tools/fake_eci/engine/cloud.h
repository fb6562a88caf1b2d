#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "tools/fake_eci/engine/faults.h"
#include "tools/fake_eci/engine/flow_limits.h"
#include "tools/fake_eci/engine/group/adoption.h"
#include "tools/fake_eci/engine/group/group_host.h"
#include "tools/fake_eci/engine/image_cache/image_host.h"
#include "tools/fake_eci/engine/options.h"
#include "tools/fake_eci/engine/records.h"
#include "tools/fake_eci/engine/stock.h"

namespace google::protobuf {
class Message;
}

namespace vk::fake {

struct World;
class Zones;

// What became of a call, for whoever carries the answer back.
struct CallOutcome {
  base::Status status;               // The effect's, or the error the caller is to see.
  std::string request_id;            // In the reply as well.
  std::chrono::nanoseconds delay{};  // How long to keep the answer back.
  bool reply_lost = false;           // Never answer: the effect happened, the connection breaks.
  // For whoever knows the host. Without a token it is to be run, and its output completes the reply
  // of ExecContainerCommand; with one it is to be offered, and the reply is complete.
  std::optional<HostCommand> command{};
};

// The elastic container service and PrivateZone of one account, in memory: no socket, no thread, no
// time of its own. Calls act at the clock's Now; what happens by itself happens when the driver
// says so:
//
//   while (cloud.NextChange() <= clock.Now()) cloud.Apply(clock.Now());
//
// and each change is dated when it was due, however late the driver comes. With equal seeds and
// equal calls at equal moments two clouds agree in every answer. Used on one thread.
class Cloud {
 public:
  // REQUIRES: `clock` outlives the cloud.
  Cloud(CloudOptions options, base::Clock& clock, base::Random random);
  ~Cloud();

  // One call in the name of an access key, whose signature was checked: everything due is applied,
  // then faults, flow limits, required parameters, ClientToken and effect, in this order. `reply`
  // is filled when the status is OK, request_id included. Errors: the cloud's own, with cloud_code
  // and request_id; InvalidAction.NotFound for an action that is not served.
  // REQUIRES: `request` and `reply` are messages of that action.
  CallOutcome Call(std::string_view caller, std::string_view action,
                   const google::protobuf::Message& request, google::protobuf::Message* reply);

  // Notes a call that never got so far, such as one with a bad signature, and gives it an id.
  std::string NoteRefusal(std::string_view caller, std::string_view action,
                          const base::Error& error);

  // When something happens next by itself; TimePoint::max() when nothing will.
  base::TimePoint NextChange() const;
  // Lets happen what is due by `now`, in order.
  void Apply(base::TimePoint now);

  // Containers are run by `host` from now on. REQUIRES: no group yet; it outlives the cloud's use.
  void set_host(GroupHost* host);
  // Takes up a group of an earlier cloud that the host has found (adoption.h).
  base::Result<Group*> AdoptGroup(std::string_view snapshot,
                                  const std::vector<FoundContainer>& containers);
  // Images of caches are held by `host` from now on, those of the options' caches, too. REQUIRES:
  // it outlives the cloud's use.
  void set_image_host(ImageHost* host);
  // Takes up an image cache of an earlier cloud (image_cache/image_cache_life.h).
  base::Status AdoptImageCache(std::string_view snapshot);
  // What the image host has to tell; outdated news does nothing.
  void Report(const ImageReport& report);
  // What the host has to tell; outdated news does nothing.
  void Report(const HostReport& report);

  // Everything from the start: no groups, no caches but the options' own, no records, no faults,
  // the limits, stock, quotas and times of the options.
  void Reset();

  // Records: of every group ever made, in order of creation; of calls, the oldest dropped.
  const std::deque<GroupRecord>& groups() const;
  const std::deque<CallRecord>& calls() const { return calls_; }
  // By action and outcome ("OK" or a code), of all calls since the start.
  const std::map<std::pair<std::string, std::string>, std::uint64_t>& call_counts() const {
    return counts_;
  }

  // The names of PrivateZone, for a name server. Reset makes others: not to be kept.
  const Zones& zones() const;

  // What can be changed while it runs.
  Faults& faults() { return faults_; }
  FlowLimits& flow_limits() { return flow_limits_; }
  Stock& stock();
  Behaviours& behaviours();
  Quotas& quotas();
  void SetTokenLifetime(std::chrono::seconds lifetime);  // Holds for what is kept already, too.
  // Groups created from now on take the new times.
  void SetLatency(LatencyProfile profile);
  const LatencyProfile& latency() const;
  void AddVSwitch(VSwitch vswitch);
  void SetExecUrl(const std::string& url);
  // A stream to a port of a group's loopback, for whoever knows the host; a client comes with its
  // token. Errors: kNotFound, kInvalidArgument (no such port, or nothing of the group really runs).
  base::Result<HostCommand> OpenPort(std::string_view group_id, int port);
  // Where clients come with tokens.
  std::string StreamUrl(const std::string& token) const;
  // Takes a spot instance back. Errors: kNotFound.
  base::Status Reclaim(std::string_view group_id);
  // Ends a group that cannot go on, such as one whose image cannot be pulled. Errors: kNotFound.
  base::Status Fail(std::string_view group_id, const std::string& reason);

 private:
  base::Status Serve(std::string_view action, const google::protobuf::Message& request,
                     google::protobuf::Message* reply);
  void Note(std::string_view action, std::string_view group_id, const CallOutcome& outcome);

  base::Clock& clock_;
  const base::Random random_;
  const CloudOptions options_;
  std::unique_ptr<World> world_;
  GroupHost* host_ = nullptr;
  ImageHost* image_host_ = nullptr;
  Faults faults_;
  FlowLimits flow_limits_;
  base::Random ids_;
  std::deque<CallRecord> calls_;
  std::map<std::pair<std::string, std::string>, std::uint64_t> counts_;
  std::uint64_t next_call_ = 1;
};

}  // namespace vk::fake
