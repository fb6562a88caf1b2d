#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <memory>

#include "base/http/tls.h"

namespace vk::base {
namespace {

template <auto kFree>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>>;
using Number = std::unique_ptr<BIGNUM, Freer<BN_free>>;
using Memory = std::unique_ptr<BIO, Freer<BIO_free_all>>;

constexpr int kSerialBits = 127;  // RFC 5280, 4.1.2.2: positive, at most 20 octets.

Error Failed(const std::string& what) {
  return Error(ErrorCode::kInternal, "make self-signed certificate: cannot " + what);
}

Error Unfit(const std::string& name, const std::string& why) {
  return Error(ErrorCode::kInvalidArgument,
               "make self-signed certificate: \"" + name + "\" is not " + why);
}

bool IsDnsName(const std::string& name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '*' || c == '_';
  });
}

// The alternative names as OpenSSL's configuration language writes them; empty without any.
Result<std::string> AlternativeNames(const SelfSignedOptions& options) {
  std::string text;
  for (const std::string& name : options.dns_names) {
    if (!IsDnsName(name)) return std::unexpected(Unfit(name, "a DNS name"));
    text += (text.empty() ? "DNS:" : ",DNS:") + name;
  }
  for (const std::string& address : options.ip_addresses) {
    boost::system::error_code error;
    boost::asio::ip::make_address(address, error);
    if (error) return std::unexpected(Unfit(address, "an IP address"));
    text += (text.empty() ? "IP:" : ",IP:") + address;
  }
  return text;
}

Status AddExtension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1)
    return std::unexpected(Failed("add " + value));
  return Status();
}

bool AddName(X509_NAME* name, const char* field, const std::string& value) {
  return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(value.data()),
                                    static_cast<int>(value.size()), -1, 0) == 1;
}

Status SetSubject(X509* certificate, const SelfSignedOptions& options) {
  X509_NAME* const name = X509_get_subject_name(certificate);
  for (const std::string& organization : options.organizations)
    if (!AddName(name, "O", organization)) return std::unexpected(Unfit(organization, "a name"));
  if (!AddName(name, "CN", options.common_name))
    return std::unexpected(Unfit(options.common_name, "a common name (1 to 64 characters)"));
  if (X509_set_issuer_name(certificate, name) != 1)
    return std::unexpected(Failed("set the issuer"));
  return Status();
}

Status SetSerialAndTimes(X509* certificate, const SelfSignedOptions& options, WallTime not_before) {
  const Number serial(BN_new());
  std::time_t from = std::chrono::system_clock::to_time_t(not_before);
  if (!serial || BN_rand(serial.get(), kSerialBits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) != 1 ||
      BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)) == nullptr ||
      X509_time_adj_ex(X509_getm_notBefore(certificate), 0, 0, &from) == nullptr ||
      X509_time_adj_ex(X509_getm_notAfter(certificate), options.days, 0, &from) == nullptr)
    return std::unexpected(Failed("set its serial number and times"));
  return Status();
}

template <class Write>
Result<std::string> Pem(Write write) {
  const Memory memory(BIO_new(BIO_s_mem()));
  if (!memory || write(memory.get()) != 1) return std::unexpected(Failed("write PEM"));
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

}  // namespace

Result<SelfSignedCertificate> MakeSelfSignedCertificate(const SelfSignedOptions& options,
                                                        WallTime not_before) {
  VK_TRY(names, AlternativeNames(options));
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  if (!key || !certificate) return std::unexpected(Failed("make a key"));
  X509* const raw = certificate.get();
  X509_set_version(raw, X509_VERSION_3);
  VK_CHECK_OK(SetSerialAndTimes(raw, options, not_before));
  VK_CHECK_OK(SetSubject(raw, options));
  if (X509_set_pubkey(raw, key.get()) != 1) return std::unexpected(Failed("set its key"));
  VK_CHECK_OK(AddExtension(raw, NID_basic_constraints, "critical,CA:TRUE"));
  VK_CHECK_OK(
      AddExtension(raw, NID_key_usage, "critical,digitalSignature,keyEncipherment,keyCertSign"));
  VK_CHECK_OK(AddExtension(raw, NID_ext_key_usage, "serverAuth,clientAuth"));
  VK_CHECK_OK(AddExtension(raw, NID_subject_key_identifier, "hash"));
  if (!names.empty()) VK_CHECK_OK(AddExtension(raw, NID_subject_alt_name, names));
  if (X509_sign(raw, key.get(), EVP_sha256()) == 0) return std::unexpected(Failed("sign it"));

  VK_TRY(certificate_pem, Pem([&](BIO* out) { return PEM_write_bio_X509(out, raw); }));
  VK_TRY(key_pem, Pem([&](BIO* out) {
           return PEM_write_bio_PKCS8PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr,
                                                nullptr);
         }));
  return SelfSignedCertificate{.certificate_pem = std::move(certificate_pem),
                               .private_key_pem = SecretString(std::move(key_pem))};
}

}  // namespace vk::base
