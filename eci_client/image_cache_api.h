#pragma once

#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "eci_client/write_limits.h"

namespace vk::eci::v1 {
class CreateImageCacheRequest;
class CreateImageCacheResponse;
class DeleteImageCacheRequest;
class DeleteImageCacheResponse;
class DescribeImageCachesRequest;
class DescribeImageCachesResponse;
class UpdateImageCacheRequest;
class UpdateImageCacheResponse;
}  // namespace vk::eci::v1

namespace vk::eci {

// The image caches of the elastic container service: typed calls, with the rules of EciApi.
class ImageCacheApi {
 public:
  virtual ~ImageCacheApi() = default;

  // Idempotent by client_token. kAlreadyExists with cloud code IdempotentParameterMismatch: a cache
  // was made with this token and other parameters. kQuotaExceeded: no more caches for this account.
  virtual boost::asio::awaitable<base::Result<v1::CreateImageCacheResponse>> CreateImageCache(
      v1::CreateImageCacheRequest request, WriteLimits limits) = 0;

  // kConflict unless the cache is Ready or UpdateFailed.
  virtual boost::asio::awaitable<base::Result<v1::UpdateImageCacheResponse>> UpdateImageCache(
      v1::UpdateImageCacheRequest request, WriteLimits limits) = 0;

  // One page; the caller follows next_token. A user without permission gets an empty page.
  virtual boost::asio::awaitable<base::Result<v1::DescribeImageCachesResponse>> DescribeImageCaches(
      v1::DescribeImageCachesRequest request, base::TimePoint deadline) = 0;

  // Idempotent; kNotFound when the cloud does not know the cache.
  virtual boost::asio::awaitable<base::Result<v1::DeleteImageCacheResponse>> DeleteImageCache(
      v1::DeleteImageCacheRequest request, WriteLimits limits) = 0;
};

}  // namespace vk::eci
