#include "base/http/socket_stream.h"

#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <utility>
#include <vector>

#include "base/event.h"
#include "base/http/tls_context.h"
#include "base/task_group.h"

namespace vk::base {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using TlsSocket = asio::ssl::stream<tcp::socket>;

constexpr auto kAsValue = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadSize = 16u << 10;

// True for the alerts by which the other side refuses our certificate.
bool IsCertificateAlert(const error_code& error) {
  static constexpr int kAlerts[] = {
      SSL_R_SSLV3_ALERT_BAD_CERTIFICATE,      SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE,
      SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED,  SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED,
      SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN,  SSL_R_TLSV1_ALERT_UNKNOWN_CA,
      SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED};
  if (error.category() != asio::error::get_ssl_category()) return false;
  const int reason = ERR_GET_REASON(static_cast<unsigned long>(error.value()));
  return std::ranges::find(kAlerts, reason) != std::end(kAlerts);
}

Error IoError(const std::string& what, const error_code& error) {
  if (error == asio::error::operation_aborted)
    return Error(ErrorCode::kCancelled, what + ": cancelled");
  if (IsCertificateAlert(error))
    return Error(ErrorCode::kUnauthenticated,
                 what + ": the other side refuses our certificate: " + error.message());
  return Error(ErrorCode::kUnavailable, what + ": " + error.message());
}

template <class Socket>
class SocketStream final : public ByteStream {
 public:
  template <class... Args>
  explicit SocketStream(Args&&... args) : socket_(std::forward<Args>(args)...) {}

  Socket& socket() { return socket_; }

  asio::awaitable<Result<std::size_t>> ReadSome(std::span<char> into) override {
    if (co_await Cancelled())
      co_return std::unexpected(IoError("read", asio::error::operation_aborted));
    const auto [error, count] =
        co_await socket_.async_read_some(asio::buffer(into.data(), into.size()), kAsValue);
    if (error == asio::error::eof) co_return 0u;
    if (error) co_return std::unexpected(IoError("read", error));
    co_return count;
  }

  asio::awaitable<Status> Write(std::string_view bytes) override {
    if (co_await Cancelled())
      co_return std::unexpected(IoError("write", asio::error::operation_aborted));
    const auto [error, count] =
        co_await asio::async_write(socket_, asio::buffer(bytes.data(), bytes.size()), kAsValue);
    if (error) co_return std::unexpected(IoError("write", error));
    co_return Status();
  }

  asio::awaitable<void> Finish() override {
    if constexpr (std::is_same_v<Socket, TlsSocket>) {
      // As if the other side had closed already: the call sends our notice and waits for nothing.
      SSL_set_shutdown(socket_.native_handle(), SSL_RECEIVED_SHUTDOWN);
      (void)co_await socket_.async_shutdown(kAsValue);
      SSL_set_shutdown(socket_.native_handle(), SSL_SENT_SHUTDOWN);
    }
    error_code gone;
    socket_.lowest_layer().shutdown(tcp::socket::shutdown_send, gone);
    co_return;
  }

  bool Silent() override {
    char byte = 0;
    return ::recv(socket_.lowest_layer().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
           (errno == EAGAIN || errno == EWOULDBLOCK);
  }

 private:
  Socket socket_;
};

// Small messages leave at once; a peer that vanished without a word is found by the kernel within
// about a minute, also on a watch that never writes.
void Tune(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(tcp::socket::keep_alive(true), ignored);
  const std::pair<int, int> probes[] = {{TCP_KEEPIDLE, 30}, {TCP_KEEPINTVL, 10}, {TCP_KEEPCNT, 3}};
  for (const auto& [option, value] : probes)
    (void)::setsockopt(socket.native_handle(), IPPROTO_TCP, option, &value, sizeof(value));
}

// A look-up runs on a thread of the resolver and cannot be interrupted; the caller leaves it behind
// when cancelled.
struct LookUp {
  explicit LookUp(const asio::any_io_executor& executor) : resolver(executor), done(executor) {}
  tcp::resolver resolver;
  Event done;
  error_code error;
  std::vector<tcp::endpoint> found;
};

asio::awaitable<Result<std::vector<tcp::endpoint>>> Resolve(HostPort at) {
  error_code not_literal;
  const auto literal = asio::ip::make_address(at.host, not_literal);
  if (!not_literal) co_return std::vector{tcp::endpoint(literal, at.port)};

  const auto look_up = std::make_shared<LookUp>(co_await asio::this_coro::executor);
  look_up->resolver.async_resolve(
      at.host, std::to_string(at.port),
      [look_up](const error_code& error, const tcp::resolver::results_type& results) {
        look_up->error = error;
        for (const auto& result : results) look_up->found.push_back(result.endpoint());
        look_up->done.Set();
      });
  VK_CO_CHECK_OK(co_await look_up->done.Wait());
  if (look_up->error) co_return std::unexpected(IoError("look up host " + at.host, look_up->error));
  co_return std::move(look_up->found);
}

std::string NameText(const X509_NAME* name) {
  char text[256];
  X509_NAME_oneline(name, text, sizeof(text));
  return text;
}

// What the verification found first, in words that name the authority.
std::string Complaint(X509_STORE_CTX* chain) {
  std::string text = X509_verify_cert_error_string(X509_STORE_CTX_get_error(chain));
  if (const X509* const shown = X509_STORE_CTX_get_current_cert(chain))
    text += " (certificate of " + NameText(X509_get_subject_name(shown)) + ", issued by " +
            NameText(X509_get_issuer_name(shown)) + ")";
  return text;
}

Status ExpectServer(SSL* ssl, const std::string& name) {
  error_code not_address;
  asio::ip::make_address(name, not_address);
  // RFC 6066, 3: the server name indication carries no IP addresses.
  const bool set = not_address
                       ? SSL_set1_host(ssl, name.c_str()) == 1 &&
                             SSL_set_tlsext_host_name(ssl, const_cast<char*>(name.c_str())) == 1
                       : X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str()) == 1;
  if (!set)
    return std::unexpected(Error(ErrorCode::kInvalidArgument,
                                 "verify server " + name + ": not a name a certificate can have"));
  return Status();
}

asio::awaitable<Result<std::unique_ptr<ByteStream>>> SecureAsClient(
    tcp::socket socket, HostPort at, std::shared_ptr<TlsClientContext> tls) {
  const std::string name = tls->server_name.empty() ? at.host : tls->server_name;
  auto stream = std::make_unique<SocketStream<TlsSocket>>(std::move(socket), *tls->context);
  VK_CO_CHECK_OK(ExpectServer(stream->socket().native_handle(), name));
  // Shared: OpenSSL keeps the callback as long as the stream.
  const auto complaint = std::make_shared<std::string>();
  stream->socket().set_verify_callback([complaint](bool good, asio::ssl::verify_context& context) {
    if (!good && complaint->empty()) *complaint = Complaint(context.native_handle());
    return good;
  });
  const auto [error] = co_await stream->socket().async_handshake(TlsSocket::client, kAsValue);
  if (error && !complaint->empty())
    co_return std::unexpected(Error(
        ErrorCode::kUnauthenticated,
        "verify server " + name + ": " + *complaint +
            "; give the certificate of the authority that issued it, or use a name it is for"));
  if (error) co_return std::unexpected(IoError("TLS handshake with " + at.Text(), error));
  co_return std::move(stream);
}

// Kubernetes reads the last common name as the user and every organization as a group
// (kubernetes.io, "Authenticating", X509 client certificates).
void ReadSubject(const X509* certificate, HttpPeer* peer) {
  const X509_NAME* const subject = X509_get_subject_name(certificate);
  for (int i = 0; i < X509_NAME_entry_count(subject); ++i) {
    const X509_NAME_ENTRY* const entry = X509_NAME_get_entry(subject, i);
    const int kind = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
    if (kind != NID_commonName && kind != NID_organizationName) continue;
    unsigned char* text = nullptr;
    const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry));
    if (size < 0) continue;
    std::string value(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
    OPENSSL_free(text);
    if (kind == NID_commonName) {
      peer->common_name = std::move(value);
    } else {
      peer->organizations.push_back(std::move(value));
    }
  }
}

}  // namespace

asio::awaitable<Result<std::size_t>> ReadInto(ByteStream& stream, std::string* input) {
  const std::size_t before = input->size();
  input->resize(before + kReadSize);
  auto count = co_await stream.ReadSome(std::span(input->data() + before, kReadSize));
  input->resize(before + count.value_or(0));
  co_return count;
}

asio::awaitable<Result<std::unique_ptr<ByteStream>>> Dial(HostPort at,
                                                          std::shared_ptr<TlsClientContext> tls) {
  VK_CO_TRY(endpoints, co_await Resolve(at));
  tcp::socket socket(co_await asio::this_coro::executor);
  const auto [error, reached] = co_await asio::async_connect(socket, endpoints, kAsValue);
  if (error) co_return std::unexpected(IoError("connect to " + at.Text(), error));
  Tune(socket);
  if (tls) co_return co_await SecureAsClient(std::move(socket), at, std::move(tls));
  co_return std::make_unique<SocketStream<tcp::socket>>(std::move(socket));
}

asio::awaitable<Result<Incoming>> Welcome(tcp::socket socket,
                                          std::shared_ptr<TlsServerContext> tls) {
  Incoming incoming;
  error_code gone;
  const tcp::endpoint from = socket.remote_endpoint(gone);
  if (gone) co_return std::unexpected(IoError("accept", gone));
  incoming.peer.address = HostPort{from.address().to_string(), from.port()}.Text();
  Tune(socket);
  if (!tls) {
    incoming.stream = std::make_unique<SocketStream<tcp::socket>>(std::move(socket));
    co_return incoming;
  }
  auto stream = std::make_unique<SocketStream<TlsSocket>>(std::move(socket), *tls->context);
  const auto [error] = co_await stream->socket().async_handshake(TlsSocket::server, kAsValue);
  if (error) co_return std::unexpected(IoError("TLS handshake", error));
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      SSL_get1_peer_certificate(stream->socket().native_handle()), &X509_free);
  if (certificate) ReadSubject(certificate.get(), &incoming.peer);
  incoming.stream = std::move(stream);
  co_return incoming;
}

}  // namespace vk::base
