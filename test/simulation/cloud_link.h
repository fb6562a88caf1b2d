#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "eci_client/rpc_channel.h"
#include "test/simulation/event_trace.h"
#include "tools/fake_eci/engine/cloud.h"

namespace vk::simulation {

// One process's connection to the cloud in memory. A call waits, takes effect at one instant, waits
// again and is answered: a process that dies in between has made a change whose reply is lost.
class CloudLink final : public eci::RpcChannel {
 public:
  struct Network {
    double lost_request = 0;  // Share of calls that break before they take effect.
    double lost_reply = 0;    // Share of calls that take effect and break then.
    std::chrono::milliseconds slowest{20};
  };
  // Told of each call just before it takes effect.
  using Witness =
      std::function<void(std::string_view action, const google::protobuf::Message& request)>;

  CloudLink(fake::Cloud& cloud, std::string key, const Network& network, EventTrace& trace,
            Witness witness, std::function<void()> on_lost_reply, base::Clock& clock,
            base::Random random)
      : cloud_(&cloud),
        key_(std::move(key)),
        network_(network),
        trace_(trace),
        witness_(std::move(witness)),
        on_lost_reply_(std::move(on_lost_reply)),
        clock_(clock),
        random_(random) {}

  boost::asio::awaitable<base::Result<eci::RpcDone>> Call(eci::Rpc rpc) override;

  // The process dies: nothing of it has an effect any more.
  void Detach() { cloud_ = nullptr; }

 private:
  base::TimePoint Soon();

  fake::Cloud* cloud_;
  const std::string key_;
  const Network& network_;
  EventTrace& trace_;
  const Witness witness_;
  const std::function<void()> on_lost_reply_;
  base::Clock& clock_;
  base::Random random_;
};

}  // namespace vk::simulation
