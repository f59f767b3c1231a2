// SHA-256 (FIPS 180-4) of a stream of bytes, by OpenSSL.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>

struct evp_md_ctx_st;

namespace ae {

class Sha256 {
public:
    Sha256();
    void update(std::span<const std::byte> bytes);

    /// 64 hexadecimal digits; nothing can be added afterwards.
    std::string hex();

private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const noexcept;
    };
    std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace ae
