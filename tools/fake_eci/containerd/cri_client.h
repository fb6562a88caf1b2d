#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace runtime::v1 {
class AttachRequest;
class AttachResponse;
class ContainerStatusRequest;
class ContainerStatusResponse;
class CreateContainerRequest;
class CreateContainerResponse;
class ExecSyncRequest;
class ExecSyncResponse;
class ImageStatusRequest;
class ImageStatusResponse;
class ListContainersRequest;
class ListContainersResponse;
class ListPodSandboxRequest;
class ListPodSandboxResponse;
class ListImagesRequest;
class ListImagesResponse;
class PullImageRequest;
class PullImageResponse;
class RemoveImageRequest;
class RemoveImageResponse;
class RemoveContainerRequest;
class RemoveContainerResponse;
class RemovePodSandboxRequest;
class RemovePodSandboxResponse;
class RunPodSandboxRequest;
class RunPodSandboxResponse;
class StartContainerRequest;
class StartContainerResponse;
class StopContainerRequest;
class StopContainerResponse;
class StopPodSandboxRequest;
class StopPodSandboxResponse;
class VersionRequest;
class VersionResponse;
}  // namespace runtime::v1

namespace vk::fake {

// For calls that neither pull nor wait for a grace period.
inline constexpr std::chrono::minutes kCriCallLimit{2};

// The Container Runtime Interface (proto/cri/v1/runtime.proto) of one containerd, as coroutines.
// gRPC's own threads stop at its edge. Every call ends by `deadline`.
//
// Errors: kNotFound, kAlreadyExists, kInvalidArgument, kDeadlineExceeded, kUnavailable (containerd
// does not answer), kCancelled, else kInternal; the message is containerd's. After the last three
// the effect may have happened. Used on one thread.
class CriClient {
 public:
  // Called on the executor's thread when the task of a container has ended.
  using OnExit = std::function<void(const std::string& container_id)>;

  // REQUIRES: clock outlives it.
  CriClient(const std::string& socket, base::Clock& clock, boost::asio::any_io_executor executor);
  ~CriClient();

#define VK_CRI_CALL(name)                                                 \
  boost::asio::awaitable<base::Result<runtime::v1::name##Response>> name( \
      runtime::v1::name##Request request, base::TimePoint deadline)
  VK_CRI_CALL(Version);
  VK_CRI_CALL(RunPodSandbox);
  VK_CRI_CALL(StopPodSandbox);
  VK_CRI_CALL(RemoveContainer);
  VK_CRI_CALL(RemovePodSandbox);
  VK_CRI_CALL(ListPodSandbox);
  VK_CRI_CALL(CreateContainer);
  VK_CRI_CALL(StartContainer);
  VK_CRI_CALL(StopContainer);
  VK_CRI_CALL(ListContainers);
  VK_CRI_CALL(ContainerStatus);
  VK_CRI_CALL(ExecSync);
  VK_CRI_CALL(Attach);
  VK_CRI_CALL(ImageStatus);
  VK_CRI_CALL(PullImage);
  VK_CRI_CALL(ListImages);
  VK_CRI_CALL(RemoveImage);
#undef VK_CRI_CALL

  // Tells of every end of a container until cancelled or the stream breaks, which is the error:
  // then ends may have been missed. Errors: kUnavailable, kCancelled.
  boost::asio::awaitable<base::Status> WatchExits(OnExit on_exit);

 private:
  struct Stubs;

  base::Clock& clock_;
  const boost::asio::any_io_executor executor_;
  const std::unique_ptr<Stubs> stubs_;
};

}  // namespace vk::fake
