#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "base/clock.h"
#include "base/http/transport.h"
#include "base/random.h"
#include "eci_client/channel/signing.h"
#include "eci_client/credentials/credentials.h"
#include "eci_client/rpc_channel.h"

namespace vk::eci {

struct HttpChannelOptions {
  std::string host;                    // As the transport sends it: the authority of its URL.
  std::string version = "2018-08-08";  // The product's: ECI's, or "2015-04-01" for STS.
  SignatureVersion signature = SignatureVersion::kV3;
  // For one try. A connection that hangs must not eat the deadline of the whole call.
  std::chrono::milliseconds reply_limit{10'000};
  // A longer query travels as a form body: proxies and servers cut URLs.
  std::size_t max_query_bytes = 8u << 10;
  std::size_t max_form_bytes = 1u << 20;
};

// The end of the chain: flattens, signs, posts, reads the reply. One try per call, with a nonce and
// a signature of its own.
//
// Errors: as EciApi says. kInvalidArgument when the request is over max_form_bytes (nothing was
// sent). Every error that answers a reply carries its request id. A reply that is cut short or is
// not the cloud's is kUnavailable, or kThrottled for a 429: the effect may have happened. No
// parameter that may be secret, and no credential, is repeated in a message.
class HttpChannel final : public RpcChannel {
 public:
  // REQUIRES: all references outlive the channel.
  HttpChannel(HttpChannelOptions options, base::HttpTransport& transport,
              CredentialsProvider& credentials, base::Clock& clock, base::Random& random)
      : options_(std::move(options)),
        transport_(transport),
        credentials_(credentials),
        clock_(clock),
        random_(random) {}

  boost::asio::awaitable<base::Result<RpcDone>> Call(Rpc rpc) override;

 private:
  boost::asio::awaitable<base::Result<RpcDone>> Send(Rpc rpc, UnsignedCall call,
                                                     Credentials credentials);

  const HttpChannelOptions options_;
  base::HttpTransport& transport_;
  CredentialsProvider& credentials_;
  base::Clock& clock_;
  base::Random& random_;
};

}  // namespace vk::eci
