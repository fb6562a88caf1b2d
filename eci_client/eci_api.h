#pragma once

#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "eci_client/timed.h"
#include "eci_client/write_limits.h"

namespace vk::eci::v1 {
class CreateContainerGroupRequest;
class CreateContainerGroupResponse;
class DeleteContainerGroupRequest;
class DeleteContainerGroupResponse;
class DescribeContainerGroupEventsRequest;
class DescribeContainerGroupEventsResponse;
class DescribeContainerGroupsRequest;
class DescribeContainerGroupsResponse;
class DescribeContainerGroupStatusRequest;
class DescribeContainerGroupStatusResponse;
class DescribeContainerLogRequest;
class DescribeContainerLogResponse;
class DescribeMultiContainerGroupMetricRequest;
class DescribeMultiContainerGroupMetricResponse;
class UpdateContainerGroupRequest;
class UpdateContainerGroupResponse;
}  // namespace vk::eci::v1

namespace vk::eci {

// The elastic container service as the agent sees it: typed calls, no HTTP, no signing. The region
// is filled in by the implementation when a request leaves it out.
//
// Every call ends by `deadline`; retries, backoff and call limits happen inside it. Errors: whether
// the effect may have happened is what MayHaveHappened(error) of disposition.h says, never the code
// alone: true for kThrottled, kUnavailable, kDeadlineExceeded, kInternal and kCancelled, and for
// any refusal whose earlier_try_open is set. base::WasNotSent(error): the permit of a call that
// changes something did not let its last try go. cloud_code and request_id are the cloud's.
//
// Requests are taken by value: a retry inside one call sends the same parameters, signed anew. Used
// on one thread.
class EciApi {
 public:
  virtual ~EciApi() = default;

  // Idempotent by client_token. kAlreadyExists with cloud code IdempotentParameterMismatch: a group
  // was made with this token and other parameters.
  virtual boost::asio::awaitable<base::Result<Timed<v1::CreateContainerGroupResponse>>>
  CreateContainerGroup(v1::CreateContainerGroupRequest request, WriteLimits limits) = 0;

  // Idempotent; kNotFound when the cloud does not know the group.
  virtual boost::asio::awaitable<base::Result<v1::DeleteContainerGroupResponse>>
  DeleteContainerGroup(v1::DeleteContainerGroupRequest request, WriteLimits limits) = 0;

  // Idempotent by client_token, as long as the cloud remembers it. An accepted update is under way,
  // not done: what the group describes tells. kConflict while the group is neither Pending nor
  // Running.
  virtual boost::asio::awaitable<base::Result<v1::UpdateContainerGroupResponse>>
  UpdateContainerGroup(v1::UpdateContainerGroupRequest request, WriteLimits limits) = 0;

  // One page, at most 20 groups; the caller follows next_token. A user without permission gets an
  // empty page, not an error.
  virtual boost::asio::awaitable<base::Result<v1::DescribeContainerGroupsResponse>>
  DescribeContainerGroups(v1::DescribeContainerGroupsRequest request, base::TimePoint deadline) = 0;

  // One page, at most 200 groups. The cheap call: no init containers, no events.
  virtual boost::asio::awaitable<base::Result<v1::DescribeContainerGroupStatusResponse>>
  DescribeContainerGroupStatus(v1::DescribeContainerGroupStatusRequest request,
                               base::TimePoint deadline) = 0;

  // One page, at most 200 groups, each with its newest 50 events. Whether a page names the next one
  // is undocumented: fewer groups than total_count without a next_token means that it does not.
  virtual boost::asio::awaitable<base::Result<v1::DescribeContainerGroupEventsResponse>>
  DescribeContainerGroupEvents(v1::DescribeContainerGroupEventsRequest request,
                               base::TimePoint deadline) = 0;

  // At most 2,000 lines or 1 MiB.
  virtual boost::asio::awaitable<base::Result<v1::DescribeContainerLogResponse>>
  DescribeContainerLog(v1::DescribeContainerLogRequest request, base::TimePoint deadline) = 0;

  // What at most 20 groups used lately; those that do not run are left out.
  virtual boost::asio::awaitable<base::Result<v1::DescribeMultiContainerGroupMetricResponse>>
  DescribeMultiContainerGroupMetric(v1::DescribeMultiContainerGroupMetricRequest request,
                                    base::TimePoint deadline) = 0;
};

}  // namespace vk::eci
