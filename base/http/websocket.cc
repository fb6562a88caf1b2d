#include "base/http/websocket.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/http/codec.h"
#include "base/http/socket_stream.h"
#include "base/http/url.h"

namespace vk::base {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kMaxRefusal = 4096;
constexpr const char* kProtocolHeader = "Sec-WebSocket-Protocol";

std::string Base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

// RFC 6455, 4.2.2: proves that the server read this very handshake.
std::string AcceptOf(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()), &size,
             EVP_sha1(), nullptr);
  return Base64(std::string_view(digest.data(), size));
}

bool EqualWords(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

// Whether a header that is a list, parted by commas, has this word.
bool HasWord(const HttpHeaders& headers, std::string_view name, std::string_view word) {
  for (const auto& [field, value] : headers) {
    if (!EqualWords(field, name)) continue;
    for (std::size_t start = 0; start <= value.size();) {
      const std::size_t end = std::min(value.find(',', start), value.size());
      std::string_view item = std::string_view(value).substr(start, end - start);
      while (item.starts_with(' ')) item.remove_prefix(1);
      while (item.ends_with(' ')) item.remove_suffix(1);
      if (EqualWords(item, word)) return true;
      start = end + 1;
    }
  }
  return false;
}

std::string Listed(const WebSocketProtocols& protocols) {
  std::string list;
  for (const std::string& protocol : protocols) list += (list.empty() ? "" : ", ") + protocol;
  return list;
}

std::string Upgrade(std::string_view first_line, const HttpHeaders& headers) {
  std::string wire(first_line);
  wire += "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
  for (const auto& [name, value] : headers) wire.append(name).append(": ").append(value) += "\r\n";
  return wire + "\r\n";
}

// Reads the reply's header and, of a refusal, its first words; what follows a 101 stays in `input`.
asio::awaitable<Result<std::unique_ptr<ReplyParser>>> ReadReply(ByteStream& stream,
                                                                std::string* input) {
  auto parser = MakeReplyParser({.body_bytes = kMaxRefusal}, false);
  while (!parser->done()) {
    VK_CO_TRY(count, co_await ReadInto(stream, input));
    const HttpFault fault = count > 0 ? parser->Take(input) : parser->TakeEnd();
    if (fault != HttpFault::kNone)
      co_return std::unexpected(
          Error(ErrorCode::kUnavailable, "open WebSocket: the answer is not HTTP"));
  }
  co_return std::move(parser);
}

}  // namespace

asio::awaitable<Result<std::optional<std::string>>> WebSocket::Read() {
  while (true) {
    auto message = reader_.Take(&input_);
    if (!message) {
      (void)co_await Close(reader_.fault(), message.error().message);
      co_return std::unexpected(std::move(message).error());
    }
    if (!*message) {
      VK_CO_TRY(count, co_await ReadInto(stream_, &input_));
      if (count == 0)
        co_return std::unexpected(
            Error(ErrorCode::kUnavailable, "read WebSocket: the other side has gone"));
      continue;
    }
    switch ((*message)->kind) {
      case WebSocketMessage::Kind::kData:
        co_return std::move((*message)->payload);
      case WebSocketMessage::Kind::kClose:
        (void)co_await Close(WebSocketClose::kNormal, "");
        co_return std::nullopt;
      case WebSocketMessage::Kind::kPing:
        VK_CO_CHECK_OK(co_await SendFrame(
            {.kind = WebSocketMessage::Kind::kPong, .payload = std::move((*message)->payload)}));
        break;
      case WebSocketMessage::Kind::kPong:
        break;
    }
  }
}

asio::awaitable<Status> WebSocket::Send(std::string message) {
  return SendFrame({.payload = std::move(message)});
}

asio::awaitable<Status> WebSocket::Ping() {
  return SendFrame({.kind = WebSocketMessage::Kind::kPing});
}

asio::awaitable<Status> WebSocket::Close(WebSocketClose code, std::string reason) {
  constexpr std::size_t kMaxReason = 123;
  reason.resize(std::min(reason.size(), kMaxReason));
  return SendFrame({.kind = WebSocketMessage::Kind::kClose,
                    .payload = std::move(reason),
                    .close_code = static_cast<std::uint16_t>(code)});
}

asio::awaitable<Status> WebSocket::SendFrame(WebSocketMessage message) {
  VK_CO_CHECK_OK(co_await sending_.Acquire());
  Status sent;
  if (closed_) {
    sent = std::unexpected(Error(ErrorCode::kUnavailable, "write WebSocket: it is closed"));
  } else {
    closed_ = message.kind == WebSocketMessage::Kind::kClose;
    std::optional<std::uint32_t> mask;
    if (side_ == WebSocketSide::kClient) mask = static_cast<std::uint32_t>(masks_.Next());
    const std::string wire = EncodeWebSocketFrame(message, mask);
    sent = co_await stream_.Write(wire);
  }
  sending_.Release();
  co_return sent;
}

asio::awaitable<Result<AcceptedWebSocket>> AcceptWebSocket(const HttpRequest& request,
                                                           HttpResponder& responder,
                                                           WebSocketProtocols spoken,
                                                           asio::any_io_executor executor) {
  const HttpHeaders& headers = request.headers;
  const bool offers = !FindHeader(headers, kProtocolHeader).empty();
  const auto chosen = std::ranges::find_if(spoken, [&](const std::string& protocol) {
    return HasWord(headers, kProtocolHeader, protocol);
  });
  const std::string_view key = FindHeader(headers, "Sec-WebSocket-Key");
  HttpResponse refusal;
  if (!HasWord(headers, "Upgrade", "websocket") || !HasWord(headers, "Connection", "upgrade"))
    refusal = {.status = 426, .headers = {{"Upgrade", "websocket"}}, .body = "not a WebSocket\n"};
  else if (request.method != "GET" || key.empty() ||
           FindHeader(headers, "Sec-WebSocket-Version") != "13")
    refusal = {.status = 400, .body = "not a handshake of RFC 6455\n"};
  else if (offers && chosen == spoken.end())
    refusal = {.status = 400, .body = "the subprotocols here are " + Listed(spoken) + "\n"};
  if (refusal.status != 0) {
    std::string why = "open WebSocket: " + refusal.body;
    VK_CO_CHECK_OK(co_await responder.Reply(std::move(refusal)));
    co_return std::unexpected(Error(ErrorCode::kInvalidArgument, std::move(why)));
  }
  VK_CO_TRY(taken, responder.TakeOver());
  HttpHeaders answer{{"Sec-WebSocket-Accept", AcceptOf(key)}};
  if (offers) answer.emplace_back(kProtocolHeader, *chosen);
  VK_CO_CHECK_OK(co_await taken.stream->Write(Upgrade("HTTP/1.1 101 Switching Protocols", answer)));
  // A server masks nothing.
  auto socket =
      std::make_unique<WebSocket>(*taken.stream, WebSocketSide::kServer, std::move(taken.unread),
                                  Random(0), std::move(executor));
  co_return AcceptedWebSocket{offers ? *chosen : "", std::move(socket)};
}

asio::awaitable<Result<DialledWebSocket>> DialWebSocket(std::string url, WebSocketProtocols offered,
                                                        std::shared_ptr<TlsClientContext> tls,
                                                        Random random,
                                                        asio::any_io_executor executor) {
  VK_CO_TRY(parsed, ParseWebSocketUrl(url));
  if (parsed.origin.tls && !tls) {
    VK_CO_TRY(trusting, MakeTlsClientContext({}));
    tls = std::move(trusting);
  }
  if (!parsed.origin.tls) tls = nullptr;
  VK_CO_TRY(stream, co_await Dial(parsed.origin.at, std::move(tls)));
  std::string nonce;
  for (int i = 0; i < 16; ++i) nonce.push_back(static_cast<char>(random.Next() & 0xff));
  const std::string key = Base64(nonce);
  HttpHeaders asked{
      {"Host", parsed.origin.Host()}, {"Sec-WebSocket-Key", key}, {"Sec-WebSocket-Version", "13"}};
  if (!offered.empty()) asked.emplace_back(kProtocolHeader, Listed(offered));
  VK_CO_CHECK_OK(co_await stream->Write(Upgrade("GET " + parsed.target + " HTTP/1.1", asked)));
  std::string unread;
  VK_CO_TRY(reply, co_await ReadReply(*stream, &unread));
  const HttpHeaders headers = reply->Headers();
  if (reply->status() != 101)
    co_return std::unexpected(Error(ErrorCode::kUnavailable, "open WebSocket: the server answers " +
                                                                 std::to_string(reply->status()) +
                                                                 ": " + reply->TakeBody()));
  if (FindHeader(headers, "Sec-WebSocket-Accept") != AcceptOf(key))
    co_return std::unexpected(
        Error(ErrorCode::kUnavailable, "open WebSocket: the server did not read the handshake"));
  std::string protocol(FindHeader(headers, kProtocolHeader));
  if (!protocol.empty() && std::ranges::find(offered, protocol) == offered.end())
    co_return std::unexpected(
        Error(ErrorCode::kUnavailable,
              "open WebSocket: the server speaks " + protocol + ", which nobody offered"));
  auto socket = std::make_unique<WebSocket>(*stream, WebSocketSide::kClient, std::move(unread),
                                            random, std::move(executor));
  co_return DialledWebSocket{std::move(protocol), std::move(stream), std::move(socket)};
}

}  // namespace vk::base
