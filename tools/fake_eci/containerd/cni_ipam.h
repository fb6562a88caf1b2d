#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

namespace vk::fake {

// The name under which the runtime's network calls this program.
inline constexpr std::string_view kIpamProgram = "fake-eci-ipam";

// An IPAM plugin of the Container Network Interface: gives a sandbox the address that the cloud
// reserved for its group. containerd passes plugins nothing of a sandbox but its metadata, so that
// the sandbox's namespace is the address. Returns the exit code.
// Source: CNI specification 1.0.0, "Delegated plugin execution".
int RunIpam(std::istream& configuration, std::ostream& out, const char* const* environment);

// The address of the bridge, which is every group's gateway: x.x.255.254 of a network of 16 bits.
std::string GatewayOf(std::string_view network);

}  // namespace vk::fake
