#include "test/provider/kubelet_api/node_fixture.h"

#include <google/protobuf/text_format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/proto_json/rfc3339.h"
#include "proto/eci/v1/container.pb.h"
#include "proto/eci/v1/container_group.pb.h"
#include "proto/eci/v1/container_group_view.pb.h"
#include "proto/eci/v1/metric.pb.h"
#include "proto/kubernetes/authentication/v1/authentication.pb.h"
#include "proto/kubernetes/authorization/v1/authorization.pb.h"
#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/kube/object_bytes.h"

namespace vk::kubelet {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

constexpr char kPod[] = R"(
  metadata { namespace: "app" labels { key: "tier" value: "back" } }
  spec {
    initContainers { name: "init" image: "setup:1" }
    containers { name: "main" image: "main:1" }
    containers { name: "side" image: "side:1" }
  })";

Error NotScripted() { return Error(ErrorCode::kInternal, "the test has no such call"); }

}  // namespace

std::optional<agent::PodView> ListedPods::Find(std::string_view ns, std::string_view name) const {
  const auto found = pods_.find(std::string(name));
  if (found == pods_.end() || found->second.pod->ns != ns) return std::nullopt;
  return found->second;
}

std::vector<agent::PodView> ListedPods::List() const {
  std::vector<agent::PodView> views;
  for (const auto& [name, view] : pods_) views.push_back(view);
  return views;
}

void ListedPods::Put(const std::string& name, const std::string& state, std::string group_id,
                     std::string uid, std::string phase) {
  k8s::io::api::core::v1::Pod pod;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(kPod, &pod));
  pod.mutable_metadata()->set_name(name);
  pod.mutable_metadata()->set_uid(uid);
  pod.mutable_status()->set_phase(phase);
  if (!state.empty()) {
    auto& status = *pod.mutable_status()->add_containerstatuses();
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(state, &status)) << state;
    status.set_name("main");
  }
  auto snapshot = std::make_shared<agent::PodSnapshot>();
  snapshot->ns = "app";
  snapshot->name = name;
  snapshot->uid = std::move(uid);
  snapshot->bytes = kube::ToBytes(pod);
  pods_[name] = {std::move(snapshot), std::move(group_id)};
}

boost::asio::awaitable<Result<std::string>> ReviewingKube::Get(kube::Resource, kube::ObjectKey key,
                                                               base::TimePoint) {
  ++reads;
  if (failure) co_return std::unexpected(*failure);
  if (key.ns != "kube-system" || key.name != "extension-apiserver-authentication")
    co_return std::unexpected(NotScripted());
  co_return config_map;
}

boost::asio::awaitable<Result<std::string>> ReviewingKube::Create(kube::Resource resource,
                                                                  kube::ObjectKey,
                                                                  std::string object,
                                                                  base::TimePoint) {
  if (resource.plural == "tokenreviews") ++token_reviews;
  if (failure) co_return std::unexpected(*failure);
  co_return resource.plural == "tokenreviews" ? ReviewToken(object) : ReviewAccess(object);
}

Result<std::string> ReviewingKube::ReviewToken(const std::string& object) {
  k8s::io::api::authentication::v1::TokenReview review;
  VK_CHECK_OK(kube::FromBytes(object, &review));
  const auto found = tokens.find(review.spec().token());
  review.mutable_status()->set_authenticated(found != tokens.end());
  if (found != tokens.end()) {
    auto& user = *review.mutable_status()->mutable_user();
    user.set_username(found->second.user);
    for (const std::string& group : found->second.groups) user.add_groups(group);
  }
  return kube::ToBytes(review);
}

Result<std::string> ReviewingKube::ReviewAccess(const std::string& object) {
  k8s::io::api::authorization::v1::SubjectAccessReview review;
  VK_CHECK_OK(kube::FromBytes(object, &review));
  const auto& wanted = review.spec().resourceattributes();
  EXPECT_EQ(wanted.resource(), "nodes");
  EXPECT_EQ(wanted.name(), "vk-1");
  asked.push_back(review.spec().user() + " " + wanted.verb() + " " + wanted.subresource());
  last_groups = {review.spec().groups().begin(), review.spec().groups().end()};
  review.mutable_status()->set_allowed(std::ranges::find(allowed, asked.back()) != allowed.end());
  return kube::ToBytes(review);
}

boost::asio::awaitable<Result<kube::ListPage>> ReviewingKube::List(kube::Resource, std::string,
                                                                   kube::ListOptions,
                                                                   base::TimePoint) {
  co_return std::unexpected(NotScripted());
}
boost::asio::awaitable<Result<std::unique_ptr<kube::WatchStream>>> ReviewingKube::Watch(
    kube::Resource, std::string, kube::WatchOptions, base::TimePoint) {
  co_return std::unexpected(NotScripted());
}
boost::asio::awaitable<Result<std::string>> ReviewingKube::Update(kube::Resource, kube::ObjectKey,
                                                                  std::string, base::TimePoint) {
  co_return std::unexpected(NotScripted());
}
boost::asio::awaitable<Result<std::string>> ReviewingKube::Patch(kube::Resource, kube::ObjectKey,
                                                                 kube::PatchType, std::string,
                                                                 base::TimePoint) {
  co_return std::unexpected(NotScripted());
}
boost::asio::awaitable<Status> ReviewingKube::Delete(kube::Resource, kube::ObjectKey,
                                                     kube::DeleteOptions, base::TimePoint) {
  co_return std::unexpected(NotScripted());
}

boost::asio::awaitable<Result<eci::v1::DescribeContainerLogResponse>>
LoggingCloud::DescribeContainerLog(eci::v1::DescribeContainerLogRequest request, base::TimePoint) {
  ++calls;
  last_tail = request.tail();
  last_start = request.start_time();
  last_group = request.container_group_id();
  if (!failures.empty()) {
    const Error failure = failures.front();
    failures.erase(failures.begin());
    co_return std::unexpected(failure);
  }
  const std::int64_t start =
      base::ParseRfc3339(request.start_time()).value_or(base::UnixTime{}).seconds;
  std::vector<std::string> lines;
  for (const Line& line : request.last_time() ? previous_log : log) {
    if (line.second < start) continue;
    const base::UnixTime time{line.second, std::max(line.nanos, 0)};
    const std::string stamp = *base::FormatRfc3339(time, line.nanos < 0 ? 0 : 9) + " ";
    lines.push_back((request.timestamps() ? stamp : "") + line.text + "\n");
  }
  const std::size_t tail = request.has_tail() ? static_cast<std::size_t>(request.tail()) : 500;
  EXPECT_GE(tail, 1u);
  EXPECT_LE(tail, 2000u);
  eci::v1::DescribeContainerLogResponse reply;
  for (std::size_t i = lines.size() - std::min(tail, lines.size()); i < lines.size(); ++i)
    reply.mutable_content()->append(lines[i]);
  const auto limit = static_cast<std::size_t>(request.limit_bytes());
  reply.mutable_content()->resize(std::min(limit, reply.content().size()));
  co_return reply;
}

boost::asio::awaitable<Result<eci::Timed<eci::v1::CreateContainerGroupResponse>>>
LoggingCloud::CreateContainerGroup(eci::v1::CreateContainerGroupRequest, eci::WriteLimits) {
  co_return std::unexpected(NotScripted());
}
boost::asio::awaitable<Result<eci::v1::DeleteContainerGroupResponse>>
LoggingCloud::DeleteContainerGroup(eci::v1::DeleteContainerGroupRequest, eci::WriteLimits) {
  co_return std::unexpected(NotScripted());
}
boost::asio::awaitable<Result<eci::v1::UpdateContainerGroupResponse>>
LoggingCloud::UpdateContainerGroup(eci::v1::UpdateContainerGroupRequest, eci::WriteLimits) {
  co_return std::unexpected(NotScripted());
}
boost::asio::awaitable<Result<eci::v1::DescribeContainerGroupsResponse>>
LoggingCloud::DescribeContainerGroups(eci::v1::DescribeContainerGroupsRequest, base::TimePoint) {
  co_return std::unexpected(NotScripted());
}
boost::asio::awaitable<Result<eci::v1::DescribeContainerGroupStatusResponse>>
LoggingCloud::DescribeContainerGroupStatus(eci::v1::DescribeContainerGroupStatusRequest,
                                           base::TimePoint) {
  co_return std::unexpected(NotScripted());
}

boost::asio::awaitable<Result<eci::v1::DescribeContainerGroupEventsResponse>>
LoggingCloud::DescribeContainerGroupEvents(eci::v1::DescribeContainerGroupEventsRequest,
                                           base::TimePoint) {
  co_return std::unexpected(NotScripted());
}

boost::asio::awaitable<Result<eci::v1::DescribeMultiContainerGroupMetricResponse>>
LoggingCloud::DescribeMultiContainerGroupMetric(eci::v1::DescribeMultiContainerGroupMetricRequest,
                                                base::TimePoint) {
  co_return std::unexpected(NotScripted());
}

boost::asio::awaitable<Status> KeptAnswer::Reply(base::HttpResponse response) {
  status = response.status;
  headers = std::move(response.headers);
  body = std::move(response.body);
  co_return Status();
}

boost::asio::awaitable<Status> KeptAnswer::Start(int code, base::HttpHeaders fields) {
  status = code;
  headers = std::move(fields);
  co_return Status();
}

boost::asio::awaitable<Status> KeptAnswer::Write(std::string bytes) {
  if (gone) co_return std::unexpected(Error(ErrorCode::kUnavailable, "the client has gone"));
  body += bytes;
  co_return Status();
}

void NodeTest::TearDown() {
  tasks_.Cancel();
  clock_.Advance(std::chrono::seconds(1));
}

void NodeTest::Spawn(boost::asio::awaitable<void> task) {
  tasks_.Spawn("test", std::move(task));
  clock_.Advance({});
}

std::int64_t NodeTest::WallSeconds() const {
  return std::chrono::floor<std::chrono::seconds>(clock_.WallNow()).time_since_epoch().count();
}

}  // namespace vk::kubelet
