// libcurl: HTTP to other systems. Its setters take any number of arguments, which Swift can't call,
// so each kind of value has a function here; and sockets are opened here, so that it is known where
// to.
#pragma once
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

static inline CURLcode lx_curl_set_number(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

/// The text is copied.
static inline CURLcode lx_curl_set_text(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

/// The list is kept by whoever made it.
static inline CURLcode lx_curl_set_fields(CURL *easy, struct curl_slist *fields) {
    return curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fields);
}

/// Who gets the body, and who opens the socket; both with the same context.
static inline CURLcode lx_curl_set_callbacks(
    CURL *easy, curl_write_callback write, curl_opensocket_callback open, void *context) {
    CURLcode code = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, write);
    if (code == CURLE_OK) code = curl_easy_setopt(easy, CURLOPT_WRITEDATA, context);
    if (code == CURLE_OK) code = curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open);
    if (code == CURLE_OK) code = curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, context);
    return code;
}

static inline long lx_curl_status(CURL *easy) {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

/// The next transfer that has ended, and how; NULL when none has.
static inline CURL *lx_curl_ended(CURLM *multi, CURLcode *result) {
    int rest = 0;
    for (;;) {
        CURLMsg *message = curl_multi_info_read(multi, &rest);
        if (!message) return NULL;
        if (message->msg != CURLMSG_DONE) continue;
        *result = message->data.result;
        return message->easy_handle;
    }
}

/// The address as 16 bytes, IPv4 mapped into IPv6; 0 for another family.
static inline int lx_curl_address(const struct curl_sockaddr *address, uint8_t bytes[16]) {
    if (address->family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, &address->addr, sizeof four);
        memset(bytes, 0, 10);
        memset(bytes + 10, 0xFF, 2);
        memcpy(bytes + 12, &four.sin_addr, 4);
        return 1;
    }
    if (address->family == AF_INET6) {
        struct sockaddr_in6 six;
        memcpy(&six, &address->addr, sizeof six);
        memcpy(bytes, &six.sin6_addr, 16);
        return 1;
    }
    return 0;
}

static inline curl_socket_t lx_curl_open(const struct curl_sockaddr *address) {
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}
