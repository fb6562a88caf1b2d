#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/http/message.h"
#include "eci_client/credentials/credentials.h"
#include "eci_client/percent_encoding.h"
#include "eci_client/signature.h"

namespace vk::eci {

// One call as parameters, before it is signed.
struct UnsignedCall {
  // Where the parameters travel. The official SDKs put all of them into the query; a form body
  // holds what a query cannot.
  enum class Placement : std::uint8_t { kQuery, kForm };

  std::string_view action;   // "CreateContainerGroup"
  std::string_view version;  // "2018-08-08"
  std::string_view host;     // As the transport sends it, with the port where the URL has one.
  QueryPairs parameters;
  Placement placement = Placement::kQuery;
};

// The request that goes on the wire, with the headers and the order of parameters of the official
// SDKs. Pure. `nonce` must be new for every request that is sent, since the cloud refuses one it
// has seen; `now` may be off by 15 minutes. Credentials without a key are those of nobody: the
// request is not signed, as the calls want it whose parameters prove who asks.
base::HttpRequest SignedRequest(SignatureVersion signature, UnsignedCall call,
                                const Credentials& credentials, base::WallTime now,
                                std::string nonce);

}  // namespace vk::eci
