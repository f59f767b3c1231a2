// SHA-256 (FIPS 180-4) of a stream of bytes, by OpenSSL.
//
// By its plain functions. Those of its EVP interface look algorithms up in tables that they make when they are first
// called: where there is no memory for these OpenSSL 3.0 crashes, and every file that is read or written is hashed.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>

struct SHA256state_st;

namespace ae {

class Sha256 {
public:
    Sha256();
    void update(std::span<const std::byte> bytes);

    /// 64 hexadecimal digits; nothing can be added afterwards.
    std::string hex();

private:
    struct Delete {
        void operator()(SHA256state_st* state) const noexcept;
    };
    std::unique_ptr<SHA256state_st, Delete> state_;
};

}  // namespace ae
