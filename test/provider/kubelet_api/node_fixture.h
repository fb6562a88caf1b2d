#pragma once

#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/http/server.h"
#include "base/log.h"
#include "base/task_group.h"
#include "eci_client/eci_api.h"
#include "provider/agent/pod_access.h"
#include "provider/kube/kube_api.h"
#include "test/base/manual_clock.h"

namespace vk::kubelet {

// Pods as a test lists them.
class ListedPods final : public agent::PodAccess {
 public:
  bool synced() const override { return synced_; }
  std::optional<agent::PodView> Find(std::string_view ns, std::string_view name) const override;
  std::vector<agent::PodView> List() const override;

  // Pod "app/NAME" with containers "main" and "side" and an init container "init"; `state` is the
  // text form of main's ContainerStatus without its name. Replaces the one of that name.
  void Put(const std::string& name, const std::string& state, std::string group_id = "eci-1",
           std::string uid = "uid-1", std::string phase = "Running");
  // What was kept of the group's log before it was ended.
  void Keep(const std::string& name, agent::GroupLogs logs) {
    pods_.at(name).logs = std::make_shared<const agent::GroupLogs>(std::move(logs));
  }
  void Remove(const std::string& name) { pods_.erase(name); }
  void set_synced(bool synced) { synced_ = synced; }

 private:
  std::map<std::string, agent::PodView> pods_;
  bool synced_ = true;
};

// The reviews of an API server, and its ConfigMaps.
class ReviewingKube final : public kube::KubeApi {
 public:
  struct Account {
    std::string user;
    std::vector<std::string> groups;
  };

  std::map<std::string, Account> tokens;  // By token.
  // "user verb subresource".
  std::vector<std::string> allowed;
  std::vector<std::string> asked;        // The same, in order.
  std::vector<std::string> last_groups;  // Those of the last access review.
  int token_reviews = 0;
  std::optional<base::Error> failure;  // Answers every call.
  base::Result<std::string> config_map =
      std::unexpected(base::Error(base::ErrorCode::kNotFound, "none"));
  int reads = 0;

  boost::asio::awaitable<base::Result<std::string>> Get(kube::Resource, kube::ObjectKey key,
                                                        base::TimePoint) override;
  boost::asio::awaitable<base::Result<std::string>> Create(kube::Resource resource, kube::ObjectKey,
                                                           std::string object,
                                                           base::TimePoint) override;
  boost::asio::awaitable<base::Result<kube::ListPage>> List(kube::Resource, std::string,
                                                            kube::ListOptions,
                                                            base::TimePoint) override;
  boost::asio::awaitable<base::Result<std::unique_ptr<kube::WatchStream>>> Watch(
      kube::Resource, std::string, kube::WatchOptions, base::TimePoint) override;
  boost::asio::awaitable<base::Result<std::string>> Update(kube::Resource, kube::ObjectKey,
                                                           std::string, base::TimePoint) override;
  boost::asio::awaitable<base::Result<std::string>> Patch(kube::Resource, kube::ObjectKey,
                                                          kube::PatchType, std::string,
                                                          base::TimePoint) override;
  boost::asio::awaitable<base::Status> Delete(kube::Resource, kube::ObjectKey, kube::DeleteOptions,
                                              base::TimePoint) override;

 private:
  base::Result<std::string> ReviewToken(const std::string& object);
  base::Result<std::string> ReviewAccess(const std::string& object);
};

// A cloud that has one container's log and answers as DescribeContainerLog is documented: lines
// from StartTime on, the last Tail of them, of these the first LimitBytes.
class LoggingCloud final : public eci::EciApi {
 public:
  struct Line {
    std::int64_t second;
    std::string text;
    int nanos = -1;  // Shown when not negative.
  };

  std::vector<Line> log;
  std::vector<Line> previous_log;
  std::vector<base::Error> failures;  // Answer the next calls, the first one first.
  int calls = 0;
  std::int32_t last_tail = 0;
  std::string last_start;
  std::string last_group;

  boost::asio::awaitable<base::Result<eci::v1::DescribeContainerLogResponse>> DescribeContainerLog(
      eci::v1::DescribeContainerLogRequest request, base::TimePoint deadline) override;
  boost::asio::awaitable<base::Result<eci::Timed<eci::v1::CreateContainerGroupResponse>>>
      CreateContainerGroup(eci::v1::CreateContainerGroupRequest, eci::WriteLimits) override;
  boost::asio::awaitable<base::Result<eci::v1::DeleteContainerGroupResponse>> DeleteContainerGroup(
      eci::v1::DeleteContainerGroupRequest, eci::WriteLimits) override;
  boost::asio::awaitable<base::Result<eci::v1::UpdateContainerGroupResponse>> UpdateContainerGroup(
      eci::v1::UpdateContainerGroupRequest, eci::WriteLimits) override;
  boost::asio::awaitable<base::Result<eci::v1::DescribeContainerGroupsResponse>>
      DescribeContainerGroups(eci::v1::DescribeContainerGroupsRequest, base::TimePoint) override;
  boost::asio::awaitable<base::Result<eci::v1::DescribeContainerGroupStatusResponse>>
      DescribeContainerGroupStatus(eci::v1::DescribeContainerGroupStatusRequest,
                                   base::TimePoint) override;
  boost::asio::awaitable<base::Result<eci::v1::DescribeContainerGroupEventsResponse>>
      DescribeContainerGroupEvents(eci::v1::DescribeContainerGroupEventsRequest,
                                   base::TimePoint) override;
  boost::asio::awaitable<base::Result<eci::v1::DescribeMultiContainerGroupMetricResponse>>
      DescribeMultiContainerGroupMetric(eci::v1::DescribeMultiContainerGroupMetricRequest,
                                        base::TimePoint) override;
};

// An answer as its client would see it.
class KeptAnswer final : public base::HttpResponder {
 public:
  int status = 0;
  base::HttpHeaders headers;
  std::string body;
  bool dropped = false;
  bool gone = false;  // The client has closed.

  boost::asio::awaitable<base::Status> Reply(base::HttpResponse response) override;
  boost::asio::awaitable<base::Status> Start(int code, base::HttpHeaders fields) override;
  boost::asio::awaitable<base::Status> Write(std::string bytes) override;
  bool ClientGone() override { return gone; }
  void Drop() override { dropped = true; }
};

class QuietLog final : public base::Log {
 public:
  void Write(base::LogLevel, std::string_view, std::initializer_list<Field>) override {}
};

// Everything the node's API works with, in virtual time.
class NodeTest : public testing::Test {
 protected:
  void TearDown() override;

  // Starts a task; the clock's Advance runs it.
  void Spawn(boost::asio::awaitable<void> task);
  bool running() const { return tasks_.size() > 0; }
  std::int64_t WallSeconds() const;

  boost::asio::io_context io_{1};
  base::ManualClock clock_{io_};
  QuietLog log_;
  ListedPods pods_;
  ReviewingKube kube_;
  LoggingCloud cloud_;
  KeptAnswer answer_;
  base::TaskGroup tasks_{io_.get_executor()};
};

inline constexpr char kRunning[] = "restartCount: 0 state { running {} }";
inline constexpr char kEnded[] = "restartCount: 0 state { terminated { exitCode: 0 } }";
inline constexpr char kRestarted[] =
    "restartCount: 1 state { running {} } lastState { terminated { exitCode: 1 } }";

}  // namespace vk::kubelet
