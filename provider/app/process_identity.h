#pragma once

#include <string>
#include <string_view>

namespace vk::app {

// The holder identity of this process for the Lease: host name, process id and the process's start
// time, so that another process on this host can tell whether it still runs, also after its id was
// given to somebody else.
std::string ProcessIdentity();

// True when `identity` names a process of this host that has ended. False for other hosts and for
// texts of another form.
bool ProcessIsGone(std::string_view identity);

}  // namespace vk::app
