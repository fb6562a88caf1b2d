#pragma once

#include "base/result.h"

namespace vk::eci::v1 {
class CreateContainerGroupRequest;
class CreateContainerGroupResponse;
class CreateImageCacheRequest;
class CreateImageCacheResponse;
class DeleteContainerGroupRequest;
class DeleteContainerGroupResponse;
class DeleteImageCacheRequest;
class DeleteImageCacheResponse;
class DescribeAvailableResourceRequest;
class DescribeAvailableResourceResponse;
class DescribeContainerGroupEventsRequest;
class DescribeContainerGroupEventsResponse;
class DescribeContainerGroupMetricRequest;
class DescribeContainerGroupMetricResponse;
class DescribeContainerGroupPriceRequest;
class DescribeContainerGroupPriceResponse;
class DescribeContainerGroupStatusRequest;
class DescribeContainerGroupStatusResponse;
class DescribeContainerGroupsRequest;
class DescribeContainerGroupsResponse;
class DescribeContainerLogRequest;
class DescribeContainerLogResponse;
class DescribeImageCachesRequest;
class DescribeImageCachesResponse;
class DescribeMultiContainerGroupMetricRequest;
class DescribeMultiContainerGroupMetricResponse;
class DescribeRegionsRequest;
class DescribeRegionsResponse;
class ExecContainerCommandRequest;
class ExecContainerCommandResponse;
class ListTagResourcesRequest;
class ListTagResourcesResponse;
class ListUsageRequest;
class ListUsageResponse;
class ResizeContainerGroupVolumeRequest;
class ResizeContainerGroupVolumeResponse;
class RestartContainerGroupRequest;
class RestartContainerGroupResponse;
class TagResourcesRequest;
class TagResourcesResponse;
class UntagResourcesRequest;
class UntagResourcesResponse;
class UpdateContainerGroupRequest;
class UpdateContainerGroupResponse;
class UpdateImageCacheRequest;
class UpdateImageCacheResponse;
}  // namespace vk::eci::v1

// What each action does to the world at world.now, for world.caller. Required parameters, flow
// limits, ClientTokens, faults and request ids are dealt with before and after, by Cloud. Errors
// are the cloud's (cloud_error.h); a call that fails has changed nothing.
namespace vk::fake {

struct World;

// The one declaration every action has.
#define VK_FAKE_HANDLER(action)                                \
  base::Result<eci::v1::action##Response> action(World& world, \
                                                 const eci::v1::action##Request& request)

VK_FAKE_HANDLER(CreateContainerGroup);
VK_FAKE_HANDLER(UpdateContainerGroup);
VK_FAKE_HANDLER(RestartContainerGroup);
VK_FAKE_HANDLER(DeleteContainerGroup);
VK_FAKE_HANDLER(ResizeContainerGroupVolume);
VK_FAKE_HANDLER(DescribeContainerGroups);
VK_FAKE_HANDLER(DescribeContainerGroupStatus);
VK_FAKE_HANDLER(DescribeContainerGroupEvents);
VK_FAKE_HANDLER(DescribeContainerLog);
VK_FAKE_HANDLER(ExecContainerCommand);
VK_FAKE_HANDLER(DescribeContainerGroupMetric);
VK_FAKE_HANDLER(DescribeMultiContainerGroupMetric);
VK_FAKE_HANDLER(CreateImageCache);
VK_FAKE_HANDLER(UpdateImageCache);
VK_FAKE_HANDLER(DescribeImageCaches);
VK_FAKE_HANDLER(DeleteImageCache);
VK_FAKE_HANDLER(DescribeRegions);
VK_FAKE_HANDLER(DescribeAvailableResource);
VK_FAKE_HANDLER(DescribeContainerGroupPrice);
VK_FAKE_HANDLER(ListUsage);
VK_FAKE_HANDLER(TagResources);
VK_FAKE_HANDLER(UntagResources);
VK_FAKE_HANDLER(ListTagResources);

}  // namespace vk::fake
