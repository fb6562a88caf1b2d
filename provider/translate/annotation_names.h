#pragma once

#include <string_view>

// Every annotation under k8s.aliyun.com/ that this program reads or writes, on whichever object.
// docs/reference/annotations.md and docs/image-caches.md say what they mean.
namespace vk::translate::annotation {

inline constexpr std::string_view kPrefix = "k8s.aliyun.com/";

// Annotations of pods, read when their container group is made.
inline constexpr std::string_view kAutoMatchImageCache = "k8s.aliyun.com/auto-match-imagecache";
inline constexpr std::string_view kAutoImageCache = "k8s.aliyun.com/eci-auto-imc";
inline constexpr std::string_view kImageCache = "k8s.aliyun.com/eci-image-cache";
inline constexpr std::string_view kImageSnapshotId = "k8s.aliyun.com/eci-image-snapshot-id";
inline constexpr std::string_view kImageCacheId = "k8s.aliyun.com/eci-imc-id";
inline constexpr std::string_view kInstanceType = "k8s.aliyun.com/eci-instance-type";
inline constexpr std::string_view kScheduleStrategy = "k8s.aliyun.com/eci-schedule-strategy";
inline constexpr std::string_view kSecurityGroup = "k8s.aliyun.com/eci-security-group";
inline constexpr std::string_view kSpotDuration = "k8s.aliyun.com/eci-spot-duration";
inline constexpr std::string_view kSpotPriceLimit = "k8s.aliyun.com/eci-spot-price-limit";
inline constexpr std::string_view kSpotStrategy = "k8s.aliyun.com/eci-spot-strategy";
inline constexpr std::string_view kUseSpecs = "k8s.aliyun.com/eci-use-specs";
inline constexpr std::string_view kFsGroupModes = "k8s.aliyun.com/fs-group-modes";
inline constexpr std::string_view kVSwitch = "k8s.aliyun.com/eci-vswitch";
inline constexpr std::string_view kInitBeforeSidecars = "k8s.aliyun.com/init-before-sidecars";

// Annotations of pods, read by the agent when a creation fails.
inline constexpr std::string_view kFailStrategy = "k8s.aliyun.com/eci-fail-strategy";
inline constexpr std::string_view kFailOnCreateError = "k8s.aliyun.com/pod-fail-on-create-err";

// Annotations of pods, written by the agent.
inline constexpr std::string_view kInstanceId = "k8s.aliyun.com/eci-instance-id";
inline constexpr std::string_view kInstanceSpec = "k8s.aliyun.com/eci-instance-spec";
inline constexpr std::string_view kRequestId = "k8s.aliyun.com/eci-request-id";
// What all of an instance's own begin with, those of the cloud's own node included.
inline constexpr std::string_view kInstancePrefix = "k8s.aliyun.com/eci-instance-";

// Annotations of ImageCache objects. Source: Alibaba Cloud, "Use ImageCaches to accelerate the
// creation of pods", annotations.
inline constexpr std::string_view kCacheVSwitches = "k8s.aliyun.com/vswitch-ids";
inline constexpr std::string_view kCacheSecurityGroup = "k8s.aliyun.com/security-group-id";
inline constexpr std::string_view kCacheResourceGroup = "k8s.aliyun.com/resource-group-id";
inline constexpr std::string_view kCacheOsType = "k8s.aliyun.com/imc-os-type";
inline constexpr std::string_view kCacheCpuArch = "k8s.aliyun.com/imc-cpu-arch";
inline constexpr std::string_view kCacheReuse = "k8s.aliyun.com/imc-enable-reuse";
inline constexpr std::string_view kCacheFlash = "k8s.aliyun.com/imc-enable-flash";
inline constexpr std::string_view kCacheSize = "k8s.aliyun.com/imc-size";
inline constexpr std::string_view kCacheRetention = "k8s.aliyun.com/imc-retention-days";
inline constexpr std::string_view kCachePlainHttp = "k8s.aliyun.com/plain-http-registry";
inline constexpr std::string_view kCacheInsecure = "k8s.aliyun.com/insecure-registry";
inline constexpr std::string_view kCacheEip = "k8s.aliyun.com/eip-instance-id";
inline constexpr std::string_view kCacheAutoEip = "k8s.aliyun.com/auto-create-eip";
inline constexpr std::string_view kCacheAcrInstances = "k8s.aliyun.com/acr-instance-ids";
inline constexpr std::string_view kCacheAcrServiceArns = "k8s.aliyun.com/acr-service-arns";
inline constexpr std::string_view kCacheAcrUserArns = "k8s.aliyun.com/acr-user-arns";

}  // namespace vk::translate::annotation
