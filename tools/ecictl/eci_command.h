#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "eci_client/credentials/environment_credentials.h"

namespace google::protobuf {
class Message;
}

namespace vk::ecictl {

// `ecictl eci ACTION [KEY=VALUE ...]`, as it was typed.
struct EciCommandLine {
  std::string action;
  std::vector<std::string> parameters;  // "Tag.1.Key=team"; flattened keys, as on the wire.
  std::string endpoint;                 // URL; empty: $ECI_ENDPOINT, else the region's own.
};

// A call that can be sent.
struct EciCall {
  std::string action;
  std::string endpoint;
  eci::Credentials credentials;
  std::unique_ptr<google::protobuf::Message> request;
  std::unique_ptr<google::protobuf::Message> reply;
};

// Checks all that is decidable here. Credentials come from the variables the agent reads. A request
// without RegionId gets $ECI_REGION, where the action has such a parameter.
// Errors: kInvalidArgument, which tells every problem with its remedy, each on a line: an unknown
// action or parameter (with the names that are near), a value of another type, no credentials, no
// endpoint.
base::Result<EciCall> PrepareEciCall(const EciCommandLine& line,
                                     const eci::Environment& environment);

// Sends it once, without retries, and returns the reply. Errors: the cloud's own, with cloud_code
// and request_id; kUnavailable when nobody answers. REQUIRES: `clock` lives on the executor's
// context; clock and random outlive the call.
boost::asio::awaitable<base::Result<std::unique_ptr<google::protobuf::Message>>> CallEci(
    EciCall call, boost::asio::any_io_executor executor, base::Clock& clock, base::Random& random);

// The same with the reply as JSON on a line, members that the schema does not know left out.
boost::asio::awaitable<base::Result<std::string>> SendEciCall(EciCall call,
                                                              boost::asio::any_io_executor executor,
                                                              base::Clock& clock,
                                                              base::Random& random);

// Both, on a loop of its own.
base::Result<std::string> EciCommand(const EciCommandLine& line,
                                     const eci::Environment& environment);

}  // namespace vk::ecictl
