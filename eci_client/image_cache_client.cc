#include "eci_client/image_cache_client.h"

#include "eci_client/typed_call.h"
#include "proto/eci/v1/image_cache.pb.h"

namespace vk::eci {

using base::Result;
using base::TimePoint;
using boost::asio::awaitable;

template <class Response, class Request>
awaitable<Result<Response>> ImageCacheClient::Call(std::string_view action, Request request,
                                                   TimePoint deadline) {
  if (request.region_id().empty()) request.set_region_id(region_);
  return TypedCall<Response>(channel_, action, std::move(request), deadline);
}

awaitable<Result<v1::CreateImageCacheResponse>> ImageCacheClient::CreateImageCache(
    v1::CreateImageCacheRequest request, TimePoint deadline) {
  return Call<v1::CreateImageCacheResponse>("CreateImageCache", std::move(request), deadline);
}

awaitable<Result<v1::UpdateImageCacheResponse>> ImageCacheClient::UpdateImageCache(
    v1::UpdateImageCacheRequest request, TimePoint deadline) {
  return Call<v1::UpdateImageCacheResponse>("UpdateImageCache", std::move(request), deadline);
}

awaitable<Result<v1::DescribeImageCachesResponse>> ImageCacheClient::DescribeImageCaches(
    v1::DescribeImageCachesRequest request, TimePoint deadline) {
  return Call<v1::DescribeImageCachesResponse>("DescribeImageCaches", std::move(request), deadline);
}

awaitable<Result<v1::DeleteImageCacheResponse>> ImageCacheClient::DeleteImageCache(
    v1::DeleteImageCacheRequest request, TimePoint deadline) {
  return Call<v1::DeleteImageCacheResponse>("DeleteImageCache", std::move(request), deadline);
}

}  // namespace vk::eci
