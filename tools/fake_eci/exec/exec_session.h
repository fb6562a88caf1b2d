#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>

#include "base/clock.h"
#include "base/event.h"
#include "base/exec_channel/exec_channel.h"
#include "base/http/websocket.h"
#include "base/task_group.h"
#include "tools/fake_eci/containerd/container_process.h"

namespace vk::fake {

// One command and its client, between whom it carries everything (base/exec_channel), in the form
// of the subprotocol that they agreed on, or of none, which is ECI's. It begins with an
// output of no bytes, as Kubernetes' servers do (k8s.io/apimachinery,
// pkg/util/httpstream/wsstream). It ends with the command, once its output has ended or been silent
// for 2 s; and when the client has gone or a limit has passed, with the command killed.
class ExecSession {
 public:
  // Without a byte of the client or the command; the kubelet's --streaming-connection-idle-timeout.
  static constexpr std::chrono::hours kIdleLimit{4};
  static constexpr std::chrono::hours kLimit{24};

  // `protocol`: the subprotocol, or empty. REQUIRES: all outlive it.
  ExecSession(base::WebSocket& client, std::string protocol, ContainerProcess& process,
              base::Clock& clock, boost::asio::any_io_executor executor);

  // Returns when it has ended; the command has then ended, too, or was told to when this call is
  // cancelled.
  boost::asio::awaitable<void> Run();

 private:
  using Read = boost::asio::awaitable<base::Result<std::string>> (ContainerProcess::*)();

  boost::asio::awaitable<void> TakeMessages();
  boost::asio::awaitable<bool> Take(exec::Frame frame);
  boost::asio::awaitable<void> PassOn(exec::Channel channel, Read read);
  boost::asio::awaitable<void> AwaitExit();
  boost::asio::awaitable<void> LookForClient();
  boost::asio::awaitable<void> Drain();
  boost::asio::awaitable<void> Tell();
  boost::asio::awaitable<void> EndProcess();
  base::TimePoint Limit() const;
  void Gone();

  base::WebSocket& client_;
  const std::string protocol_;
  ContainerProcess& process_;
  base::Clock& clock_;
  const base::TimePoint begun_;
  base::TimePoint active_;  // When something last came from either side.
  base::Event changed_;
  base::TaskGroup tasks_;
  bool gone_ = false;    // The client.
  bool exited_ = false;  // The command.
  exec::End end_;
  int open_outputs_ = 2;
  int sending_ = 0;  // Outputs that wait for the client to take them.
};

}  // namespace vk::fake
