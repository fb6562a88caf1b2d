#include "provider/agent/group_queries.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/page_tokens.h"
#include "proto/eci/v1/container.pb.h"
#include "proto/eci/v1/container_group_view.pb.h"
#include "proto/eci/v1/metric.pb.h"
#include "provider/translate/identity.h"

namespace vk::agent {
namespace {

using base::ErrorCode;

// Source: ECI, DescribeContainerGroupStatus and DescribeContainerGroupEvents.
constexpr int kStatusPage = 200;
constexpr int kMostSince = 3600;

std::string JsonArray(const std::vector<std::string>& ids) {
  return boost::json::serialize(boost::json::array(ids.begin(), ids.end()));
}

template <class Request>
void AddTags(const std::vector<eci::v1::Tag>& tags, Request* request) {
  for (const eci::v1::Tag& tag : tags) *request->add_tag() = tag;
}

}  // namespace

GroupQueries::GroupQueries(translate::GroupIdentity node, std::chrono::seconds call_limit,
                           eci::EciApi& cloud, base::Clock& clock)
    : node_(std::move(node)), call_limit_(call_limit), cloud_(cloud), clock_(clock) {}

boost::asio::awaitable<base::Result<StatusListing>> GroupQueries::ListStatus(
    std::optional<std::chrono::seconds> since, std::vector<std::string> ids) {
  StatusListing listing;
  base::PageTokens tokens;
  do {
    eci::v1::DescribeContainerGroupStatusRequest request;
    AddTags(translate::ListingTags(node_), &request);
    if (since) request.set_since_second(static_cast<std::int32_t>(since->count()));
    if (!ids.empty()) request.set_container_group_ids(JsonArray(ids));
    request.set_limit(kStatusPage);
    if (!tokens.done()) request.set_next_token(tokens.next());
    VK_CO_TRY(page, co_await cloud_.DescribeContainerGroupStatus(std::move(request),
                                                                 clock_.Now() + call_limit_));
    ++listing.calls;
    for (const eci::v1::ContainerGroupStatus& group : page.data()) {
      listing.ids.insert(group.container_group_id());
      listing.groups.push_back(translate::ObserveStatus(group));
    }
    VK_CO_CHECK_OK(tokens.Advance(page.next_token()));
  } while (!tokens.done());
  co_return listing;
}

boost::asio::awaitable<base::Result<std::vector<GroupDetail>>> GroupQueries::Describe(
    std::vector<std::string> ids) {
  eci::v1::DescribeContainerGroupsRequest request;
  request.set_container_group_ids(JsonArray(ids));
  request.set_limit(static_cast<std::int32_t>(kIdsPerCall));
  request.set_with_event(true);
  VK_CO_TRY(page, co_await cloud_.DescribeContainerGroups(std::move(request),
                                                          clock_.Now() + call_limit_));
  std::vector<GroupDetail> details;
  for (const eci::v1::ContainerGroup& group : page.container_groups()) {
    details.push_back({translate::ObserveGroup(group), translate::ReadIdentity(group)});
  }
  co_return details;
}

boost::asio::awaitable<base::Result<eci::v1::ContainerGroup>> GroupQueries::Show(std::string id) {
  eci::v1::DescribeContainerGroupsRequest request;
  request.set_container_group_ids(JsonArray({id}));
  VK_CO_TRY(page, co_await cloud_.DescribeContainerGroups(std::move(request),
                                                          clock_.Now() + call_limit_));
  for (const eci::v1::ContainerGroup& group : page.container_groups()) {
    if (group.container_group_id() == id) co_return group;
  }
  co_return std::unexpected(
      base::Error(ErrorCode::kNotFound, "the cloud does not describe the container group"));
}

boost::asio::awaitable<base::Result<eci::v1::DescribeMultiContainerGroupMetricResponse>>
GroupQueries::Measure(std::vector<std::string> ids) {
  eci::v1::DescribeMultiContainerGroupMetricRequest request;
  request.set_container_group_ids(JsonArray(ids));
  return cloud_.DescribeMultiContainerGroupMetric(std::move(request), clock_.Now() + call_limit_);
}

boost::asio::awaitable<base::Result<std::vector<GroupDetail>>> GroupQueries::Search(
    std::string ns, std::string pod_name, std::string pod_uid) {
  translate::GroupIdentity identity = node_;
  identity.ns = std::move(ns);
  identity.pod_name = std::move(pod_name);
  identity.pod_uid = std::move(pod_uid);
  std::vector<GroupDetail> found;
  base::PageTokens tokens;
  do {
    eci::v1::DescribeContainerGroupsRequest request;
    AddTags(translate::IdentityTags(identity), &request);
    request.set_limit(static_cast<std::int32_t>(kIdsPerCall));
    if (!tokens.done()) request.set_next_token(tokens.next());
    VK_CO_TRY(page, co_await cloud_.DescribeContainerGroups(std::move(request),
                                                            clock_.Now() + call_limit_));
    for (const eci::v1::ContainerGroup& group : page.container_groups()) {
      GroupDetail detail{translate::ObserveGroup(group), translate::ReadIdentity(group)};
      if (detail.identity.pod_uid == identity.pod_uid) found.push_back(std::move(detail));
    }
    VK_CO_CHECK_OK(tokens.Advance(page.next_token()));
  } while (!tokens.done());
  co_return found;
}

boost::asio::awaitable<base::Result<bool>> GroupQueries::SeesAnything() {
  eci::v1::DescribeContainerGroupStatusRequest request;
  request.set_limit(1);
  VK_CO_TRY(page, co_await cloud_.DescribeContainerGroupStatus(std::move(request),
                                                               clock_.Now() + call_limit_));
  co_return page.data_size() > 0;
}

boost::asio::awaitable<base::Result<eci::v1::DescribeContainerGroupEventsResponse>>
GroupQueries::EventsPage(std::vector<std::string> ids, std::string token) {
  eci::v1::DescribeContainerGroupEventsRequest request;
  AddTags(translate::ListingTags(node_), &request);
  if (!ids.empty()) request.set_container_group_ids(JsonArray(ids));
  // The API server keeps events for an hour: what is older would be told again after a restart.
  request.set_since_second(kMostSince);
  request.set_limit(kStatusPage);
  if (!token.empty()) request.set_next_token(std::move(token));
  return cloud_.DescribeContainerGroupEvents(std::move(request), clock_.Now() + call_limit_);
}

boost::asio::awaitable<GroupQueries::Answer> GroupQueries::IsThere(std::string group_id,
                                                                   std::string container) {
  eci::v1::DescribeContainerLogRequest request;
  request.set_container_group_id(std::move(group_id));
  request.set_container_name(std::move(container));
  request.set_tail(1);
  request.set_limit_bytes(1);
  const auto reply =
      co_await cloud_.DescribeContainerLog(std::move(request), clock_.Now() + call_limit_);
  if (reply) co_return Answer::kThere;
  co_return reply.error().code == ErrorCode::kNotFound ? Answer::kGone : Answer::kUnknown;
}

}  // namespace vk::agent
