#pragma once

#include <string>
#include <utility>

#include "eci_client/image_cache_api.h"
#include "eci_client/rpc_channel.h"

namespace vk::eci {

// ImageCacheApi over a channel. Stateless; fills region_id in where a request leaves it out.
class ImageCacheClient final : public ImageCacheApi {
 public:
  // REQUIRES: `channel` outlives the client and its calls.
  ImageCacheClient(RpcChannel& channel, std::string region)
      : channel_(channel), region_(std::move(region)) {}

  boost::asio::awaitable<base::Result<v1::CreateImageCacheResponse>> CreateImageCache(
      v1::CreateImageCacheRequest request, WriteLimits limits) override;
  boost::asio::awaitable<base::Result<v1::UpdateImageCacheResponse>> UpdateImageCache(
      v1::UpdateImageCacheRequest request, WriteLimits limits) override;
  boost::asio::awaitable<base::Result<v1::DescribeImageCachesResponse>> DescribeImageCaches(
      v1::DescribeImageCachesRequest request, base::TimePoint deadline) override;
  boost::asio::awaitable<base::Result<v1::DeleteImageCacheResponse>> DeleteImageCache(
      v1::DeleteImageCacheRequest request, WriteLimits limits) override;

 private:
  template <class Request>
  Request InRegion(Request request) const {
    if (request.region_id().empty()) request.set_region_id(region_);
    return request;
  }

  RpcChannel& channel_;
  const std::string region_;
};

}  // namespace vk::eci
