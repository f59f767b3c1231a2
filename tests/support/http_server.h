// A small HTTP server on 127.0.0.1 that answers as a test wants it to, whether or not that is HTTP.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>

namespace ae::test {

/// A port of 127.0.0.1 that is ours until the end. Nobody listens on it yet: connections are refused.
class LocalPort {
public:
    LocalPort() {
        socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* any = reinterpret_cast<sockaddr*>(&address);
        if (::bind(socket_, any, size) != 0 || ::getsockname(socket_, any, &size) != 0)
            throw std::runtime_error("no port on 127.0.0.1");
        port_ = ntohs(address.sin_port);
    }
    ~LocalPort() { ::close(socket_); }
    LocalPort(const LocalPort&) = delete;
    LocalPort& operator=(const LocalPort&) = delete;

    std::string url(const std::string& path = "") const {
        return "http://127.0.0.1:" + std::to_string(port_) + "/" + path;
    }

protected:
    int socket_ = -1;

private:
    int port_ = 0;
};

class HttpServer : public LocalPort {
public:
    /// Gives all bytes of the answer to a request for `path`; then the connection is closed. The answers below say so:
    /// a client that takes it for kept would send its next request into a closed socket.
    using Answer = std::function<std::string(const std::string& path)>;

    explicit HttpServer(Answer answer) : answer_(std::move(answer)) {
        if (::listen(socket_, 8) != 0) throw std::runtime_error("no server on 127.0.0.1");
        thread_ = std::jthread([this] { serve(); });
    }
    ~HttpServer() {
        ::shutdown(socket_, SHUT_RDWR);  // which ends accept()
        thread_.join();
    }

    int requests() const { return requests_; }

    static std::string ok(const std::string& body) { return with_length(body, body.size()); }
    static std::string with_length(const std::string& body, std::size_t length) {
        return "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n" + body;
    }
    static std::string not_found() {
        return "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 4\r\n\r\nnone";
    }
    static std::string redirection(const std::string& to) {
        return "HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: " + to + "\r\nContent-Length: 0\r\n\r\n";
    }

private:
    void serve() {
        for (int client; (client = ::accept(socket_, nullptr, nullptr)) >= 0; ::close(client)) {
            std::string request;
            char bytes[1024];
            while (request.find("\r\n\r\n") == std::string::npos) {
                const ssize_t n = ::recv(client, bytes, sizeof bytes, 0);
                if (n <= 0) break;
                request.append(bytes, static_cast<std::size_t>(n));
            }
            ++requests_;
            const std::size_t first = request.find('/'), last = request.find(' ', first);
            const std::string answer = answer_(request.substr(first + 1, last - first - 1));
            for (std::size_t sent = 0; sent < answer.size();) {
                const ssize_t n = ::send(client, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
                if (n <= 0) break;
                sent += static_cast<std::size_t>(n);
            }
        }
    }

    Answer answer_;
    std::atomic<int> requests_ = 0;
    std::jthread thread_;
};

}  // namespace ae::test
