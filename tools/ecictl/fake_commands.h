#pragma once

#include <string>

#include "base/result.h"

namespace vk::fake::v1 {
class Fault;
}

namespace vk::ecictl {

enum class Format { kTable, kJson };

// What `ecictl fake …` does, each one call, or one stream, of the control service at `control`
// (HOST:PORT). They return what is to be printed. Errors: kUnavailable when nobody answers there,
// kInvalidArgument and kNotFound in the cloud's words; kInvalidArgument, too, for a fault that
// could never strike, such as one of an action that there is not.
base::Result<std::string> FakeGroups(const std::string& control, Format format);
base::Result<std::string> FakeCalls(const std::string& control, const std::string& action,
                                    Format format);
base::Result<std::string> FakeAddFault(const std::string& control, const fake::v1::Fault& fault);
base::Result<std::string> FakeListFaults(const std::string& control, Format format);
base::Result<std::string> FakeClearFaults(const std::string& control);
// The WebSocket of a stream to `port` of the group's loopback.
base::Result<std::string> FakeOpenPort(const std::string& control, const std::string& group,
                                       int port);
base::Result<std::string> FakeReset(const std::string& control);

}  // namespace vk::ecictl
