#include "eci_client/image_cache_client.h"

#include "eci_client/typed_call.h"
#include "proto/eci/v1/image_cache.pb.h"

namespace vk::eci {

using base::Result;
using base::TimePoint;
using boost::asio::awaitable;

awaitable<Result<v1::CreateImageCacheResponse>> ImageCacheClient::CreateImageCache(
    v1::CreateImageCacheRequest request, WriteLimits limits) {
  return TypedCall<v1::CreateImageCacheResponse>(channel_, "CreateImageCache",
                                                 InRegion(std::move(request)), limits);
}

awaitable<Result<v1::UpdateImageCacheResponse>> ImageCacheClient::UpdateImageCache(
    v1::UpdateImageCacheRequest request, WriteLimits limits) {
  return TypedCall<v1::UpdateImageCacheResponse>(channel_, "UpdateImageCache",
                                                 InRegion(std::move(request)), limits);
}

awaitable<Result<v1::DescribeImageCachesResponse>> ImageCacheClient::DescribeImageCaches(
    v1::DescribeImageCachesRequest request, TimePoint deadline) {
  return TypedCall<v1::DescribeImageCachesResponse>(channel_, "DescribeImageCaches",
                                                    InRegion(std::move(request)), deadline);
}

awaitable<Result<v1::DeleteImageCacheResponse>> ImageCacheClient::DeleteImageCache(
    v1::DeleteImageCacheRequest request, WriteLimits limits) {
  return TypedCall<v1::DeleteImageCacheResponse>(channel_, "DeleteImageCache",
                                                 InRegion(std::move(request)), limits);
}

}  // namespace vk::eci
