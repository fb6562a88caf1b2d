#include "base/http/tls.h"

#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>

#include "base/http/tls_context.h"

namespace vk::base {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

boost::asio::const_buffer Buffer(const std::string& text) {
  return boost::asio::buffer(text.data(), text.size());
}

Error Unreadable(const std::string& part, const error_code& error) {
  return Error(ErrorCode::kInvalidArgument, "read " + part + ": " + error.message() +
                                                "; it has to be PEM, as in a kubeconfig's "
                                                "base64-decoded data");
}

Status UseIdentity(ssl::context& context, const std::string& who,
                   const std::string& certificate_pem, const SecretString& private_key_pem) {
  error_code error;
  context.use_certificate_chain(Buffer(certificate_pem), error);
  if (error) return std::unexpected(Unreadable("the " + who + "'s certificate", error));
  context.use_private_key(Buffer(private_key_pem.Reveal()), ssl::context::pem, error);
  if (error)
    return std::unexpected(
        Unreadable("the " + who + "'s private key (it has to belong to the certificate)", error));
  return Status();
}

Status UseAuthorities(ssl::context& context, const std::string& who, const std::string& pem) {
  error_code error;
  context.add_certificate_authority(Buffer(pem), error);
  if (error) return std::unexpected(Unreadable("the " + who + "'s trusted authorities", error));
  return Status();
}

std::shared_ptr<ssl::context> NewContext(ssl::context::method method) {
  auto context = std::make_shared<ssl::context>(method);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION);
  return context;
}

}  // namespace

Result<std::shared_ptr<TlsClientContext>> MakeTlsClientContext(const TlsClientOptions& options) {
  const auto context = NewContext(ssl::context::tls_client);
  error_code error;
  if (options.authorities_pem.empty()) {
    context->set_default_verify_paths(error);
    if (error) return std::unexpected(Unreadable("the system's trusted authorities", error));
  } else {
    VK_CHECK_OK(UseAuthorities(*context, "client", options.authorities_pem));
  }
  if (!options.certificate_pem.empty())
    VK_CHECK_OK(UseIdentity(*context, "client", options.certificate_pem, options.private_key_pem));
  context->set_verify_mode(options.verify_server ? ssl::verify_peer : ssl::verify_none);
  auto made = std::make_shared<TlsClientContext>();
  made->context = context;
  made->server_name = options.server_name;
  return made;
}

Result<std::shared_ptr<TlsServerContext>> MakeTlsServerContext(const TlsServerOptions& options) {
  const auto context = NewContext(ssl::context::tls_server);
  VK_CHECK_OK(UseIdentity(*context, "server", options.certificate_pem, options.private_key_pem));
  if (!options.client_authorities_pem.empty()) {
    VK_CHECK_OK(UseAuthorities(*context, "server", options.client_authorities_pem));
    context->set_verify_mode(ssl::verify_peer);
  }
  // OpenSSL resumes sessions of verified clients only within a named server.
  static constexpr unsigned char kName[] = "virtual-node";
  SSL_CTX_set_session_id_context(context->native_handle(), kName, sizeof(kName) - 1);
  auto made = std::make_shared<TlsServerContext>();
  made->context = context;
  return made;
}

}  // namespace vk::base
