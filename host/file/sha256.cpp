#define OPENSSL_API_COMPAT 10100  // the functions below, which newer ones would replace by such as take memory
#include "file/sha256.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <array>

namespace ae {

void Sha256::Delete::operator()(SHA256state_st* state) const noexcept {
    delete state;
}

Sha256::Sha256() : state_(new SHA256_CTX) {
    SHA256_Init(state_.get());
}

void Sha256::update(std::span<const std::byte> bytes) {
    SHA256_Update(state_.get(), bytes.data(), bytes.size());
}

std::string Sha256::hex() {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256_Final(digest.data(), state_.get());
    std::string hex;
    for (const unsigned char byte : digest) hex += fmt::format("{:02x}", byte);
    return hex;
}

}  // namespace ae
