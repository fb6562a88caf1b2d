#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "eci_client/eci_api.h"
#include "provider/config/options.h"
#include "provider/kube/kube_api.h"

namespace vk::app {

// Asks API server and cloud whether they accept who we are and where groups are to go: what needs a
// remote answer and is therefore never a reason to end the running program. Returns one line per
// problem, each with its setting or its remedy; empty when all is well. Changes nothing anywhere:
// the creation that the cloud is asked about, one for each vSwitch, is a dry run.
boost::asio::awaitable<std::vector<std::string>> CheckRemotes(config::Options options,
                                                              kube::KubeApi& api,
                                                              eci::EciApi& cloud,
                                                              base::Clock& clock);

}  // namespace vk::app
