#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <string>
#include <utility>

#include "proto/eci/v1/container_group.pb.h"
#include "proto/eci/v1/container_group_view.pb.h"
#include "test/base/manual_clock.h"
#include "tools/fake_eci/engine/cloud.h"

namespace vk::fake {

// A cloud on a clock that a test moves, and the calls most tests make.
class CloudTest : public testing::Test {
 protected:
  explicit CloudTest(CloudOptions options = {})
      : cloud_(std::move(options), clock_, base::Random(7)) {}

  // A request with one container, which runs for ever.
  static eci::v1::CreateContainerGroupRequest Request(const std::string& name = "web") {
    eci::v1::CreateContainerGroupRequest request;
    request.set_region_id("cn-hangzhou");
    request.set_container_group_name(name);
    auto* container = request.add_container();
    container->set_name("main");
    container->set_image("registry.example/app:1");
    return request;
  }

  static void SetEnv(auto* container, const std::string& key, const std::string& value) {
    auto* entry = container->add_environment_var();
    entry->set_key(key);
    entry->set_value(value);
  }

  template <class Reply, class Request>
  base::Result<Reply> Call(std::string_view action, const Request& request) {
    Reply reply;
    last_ = cloud_.Call("test-key", action, request, &reply);
    if (!last_.status) return std::unexpected(last_.status.error());
    return reply;
  }

  base::Result<eci::v1::CreateContainerGroupResponse> Create(
      const eci::v1::CreateContainerGroupRequest& request) {
    return Call<eci::v1::CreateContainerGroupResponse>("CreateContainerGroup", request);
  }

  // Creates and expects success.
  std::string CreateId(const eci::v1::CreateContainerGroupRequest& request) {
    const auto reply = Create(request);
    EXPECT_TRUE(reply) << (reply ? "" : reply.error().message);
    return reply ? reply->container_group_id() : "";
  }

  base::Status Delete(const std::string& id, bool force = false) {
    eci::v1::DeleteContainerGroupRequest request;
    request.set_region_id("cn-hangzhou");
    request.set_container_group_id(id);
    request.set_force(force);
    const auto reply = Call<eci::v1::DeleteContainerGroupResponse>("DeleteContainerGroup", request);
    if (!reply) return std::unexpected(reply.error());
    return {};
  }

  eci::v1::DescribeContainerGroupsResponse List(
      eci::v1::DescribeContainerGroupsRequest request = {}) {
    request.set_region_id("cn-hangzhou");
    const auto reply =
        Call<eci::v1::DescribeContainerGroupsResponse>("DescribeContainerGroups", request);
    EXPECT_TRUE(reply) << (reply ? "" : reply.error().message);
    return reply ? *reply : eci::v1::DescribeContainerGroupsResponse();
  }

  eci::v1::DescribeContainerGroupStatusResponse ListStatus(
      eci::v1::DescribeContainerGroupStatusRequest request = {}) {
    request.set_region_id("cn-hangzhou");
    const auto reply = Call<eci::v1::DescribeContainerGroupStatusResponse>(
        "DescribeContainerGroupStatus", request);
    EXPECT_TRUE(reply) << (reply ? "" : reply.error().message);
    return reply ? *reply : eci::v1::DescribeContainerGroupStatusResponse();
  }

  // The group as DescribeContainerGroups shows it; empty when it is not listed.
  eci::v1::ContainerGroup Describe(const std::string& id) {
    eci::v1::DescribeContainerGroupsRequest request;
    request.set_container_group_ids("[\"" + id + "\"]");
    const auto reply = List(request);
    return reply.container_groups_size() == 1 ? reply.container_groups(0)
                                              : eci::v1::ContainerGroup();
  }

  std::string StatusOf(const std::string& id) { return Describe(id).status(); }

  void Advance(std::chrono::nanoseconds step) {
    clock_.Advance(step);
    cloud_.Apply(clock_.Now());
  }

  static std::string CodeOf(const auto& result) {
    return result ? "OK" : result.error().cloud_code;
  }

  boost::asio::io_context io_{1};
  base::ManualClock clock_{io_};
  Cloud cloud_;
  CallOutcome last_;
};

}  // namespace vk::fake
