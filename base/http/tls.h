#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace vk::base {

// What a client trusts and how it shows who it is. Opaque: OpenSSL stays inside base/http.
// Immutable; shared by connections.
class TlsClientContext;

struct TlsClientOptions {
  std::string authorities_pem{};  // Empty: the system's.
  std::string certificate_pem{};  // Client certificate with its chain; empty: none.
  SecretString private_key_pem{};
  std::string
      server_name{};  // Overrides the name that is sent and verified; empty: the URL's host.
  bool verify_server = true;  // False only where a kubeconfig says insecure-skip-tls-verify.
};

// Errors: kInvalidArgument naming the part that does not parse.
Result<std::shared_ptr<TlsClientContext>> MakeTlsClientContext(const TlsClientOptions& options);

// What a server shows and whom it asks. Immutable.
class TlsServerContext;

struct TlsServerOptions {
  std::string certificate_pem{};
  SecretString private_key_pem{};
  // When not empty, clients are asked for a certificate of these authorities; one without it may
  // still come in, one with a certificate that does not verify is refused.
  std::string client_authorities_pem{};
};

Result<std::shared_ptr<TlsServerContext>> MakeTlsServerContext(const TlsServerOptions& options);

// A new key and a certificate signed by itself, for `common_name`, valid for `days` from
// `not_before`, with the given DNS names and IP addresses as subject alternative names.
struct SelfSignedCertificate {
  std::string certificate_pem;
  SecretString private_key_pem;
};
struct SelfSignedOptions {
  std::string common_name{};
  std::vector<std::string> organizations{};  // A Kubernetes client's groups.
  std::vector<std::string> dns_names{};
  std::vector<std::string> ip_addresses{};
  int days = 365;
};
Result<SelfSignedCertificate> MakeSelfSignedCertificate(const SelfSignedOptions& options,
                                                        WallTime not_before);

}  // namespace vk::base
