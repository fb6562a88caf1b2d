#pragma once

#include <string>
#include <string_view>

namespace vk::app {

// The holder identity of this process for the Lease: host name, process id, the process's start
// time, boot id of the machine and PID namespace, so that another process can tell whether it still
// runs, also after its process id was given to somebody else. A part that cannot be read is empty.
std::string ProcessIdentity();

// True when `identity` names a process that has certainly ended: one of this boot of this machine
// and of our own PID namespace, whose id nobody has or somebody who started at another time. False
// whenever that cannot be told: for other hosts, for other containers of one host, which may share
// its name, for a machine that was started again, and for texts of another form. Then the Lease
// runs out by itself.
bool ProcessIsGone(std::string_view identity);

}  // namespace vk::app
