#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "eci_client/eci_api.h"
#include "provider/translate/identity.h"
#include "provider/translate/observation.h"

namespace vk::eci::v1 {
class ContainerGroup;
}  // namespace vk::eci::v1

namespace vk::agent {

// Source: ECI, DescribeContainerGroups, DescribeContainerGroupStatus and
// DescribeMultiContainerGroupMetric.
inline constexpr std::size_t kIdsPerCall = 20;

// A group with the tags that say whose it is.
struct GroupDetail {
  translate::GroupObservation group;
  translate::GroupIdentity identity;
};

// One listing of states, complete unless it was asked for some ids or for what changed lately.
struct StatusListing {
  std::vector<translate::GroupObservation> groups;
  std::set<std::string> ids;
  int calls = 0;
};

// What the cloud is asked about container groups, call by call. Keeps nothing. Core thread; all
// errors are the cloud's, or kInternal when a listing does not come to an end.
class GroupQueries {
 public:
  // REQUIRES: `cloud` and `clock` outlive it.
  GroupQueries(translate::GroupIdentity node, std::chrono::seconds call_limit, eci::EciApi& cloud,
               base::Clock& clock);

  // This node's groups: all, those that changed within `since`, or those with these ids.
  boost::asio::awaitable<base::Result<StatusListing>> ListStatus(
      std::optional<std::chrono::seconds> since, std::vector<std::string> ids);

  // Everything about these groups, whosever they are, in one call; what is gone is left out.
  // REQUIRES: at most kIdsPerCall ids.
  boost::asio::awaitable<base::Result<std::vector<GroupDetail>>> Describe(
      std::vector<std::string> ids);

  // One group in the cloud's own words. Errors also: kNotFound.
  boost::asio::awaitable<base::Result<eci::v1::ContainerGroup>> Show(std::string id);

  // What these groups used lately; those that do not run are left out.
  // REQUIRES: at most kIdsPerCall ids.
  boost::asio::awaitable<base::Result<eci::v1::DescribeMultiContainerGroupMetricResponse>> Measure(
      std::vector<std::string> ids);

  // The groups with the tags of this pod of the node.
  boost::asio::awaitable<base::Result<std::vector<GroupDetail>>> Search(std::string ns,
                                                                        std::string pod_name,
                                                                        std::string pod_uid);

  // Whether a listing of the whole account, whosever the groups are, shows any.
  boost::asio::awaitable<base::Result<bool>> SeesAnything();

  // One page of what the cloud tells of this node's groups of the last hour: of those with these
  // ids, else of all, after the page that gave `token`.
  // REQUIRES: at most kIdsPerCall ids.
  boost::asio::awaitable<base::Result<eci::v1::DescribeContainerGroupEventsResponse>> EventsPage(
      std::vector<std::string> ids, std::string token);

  enum class Answer { kThere, kGone, kUnknown };
  // Whether a group exists, by its id and without a listing, which a user without the RAM
  // permission gets empty: a log is refused with NotFound only for a group that is not there.
  // Undocumented; every other refusal proves nothing. `container`: any of the group's.
  boost::asio::awaitable<Answer> IsThere(std::string group_id, std::string container);

 private:
  const translate::GroupIdentity node_;
  const std::chrono::seconds call_limit_;
  eci::EciApi& cloud_;
  base::Clock& clock_;
};

}  // namespace vk::agent
