#include "eci_client/image_cache_client.h"

#include "proto/eci/v1/image_cache.pb.h"

namespace vk::eci {

using base::Result;
using base::TimePoint;
using boost::asio::awaitable;

template <class Response, class Request>
awaitable<Result<Response>> ImageCacheClient::Call(std::string_view action, Request request,
                                                   TimePoint deadline) {
  if (request.region_id().empty()) request.set_region_id(region_);
  Response response;
  VK_CO_CHECK_OK(co_await channel_.Call({.action = action,
                                         .request = &request,
                                         .reply = &response,
                                         .deadline = deadline,
                                         .sent = nullptr}));
  co_return std::move(response);
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
