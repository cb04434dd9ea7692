/*
 * The one thing that the helper needs and QuickJS has not: a datagram to a Unix socket, which is how journald takes
 * records with fields. A socket that has no room is waited for as long as the caller says, and then an error like any other.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "quickjs.h"

/* Without patience it makes no other calls than socket, sendto and close: the sweep's unit allows no more. */
static ssize_t send_within(int fd, const void *data, size_t length, const struct sockaddr_un *address, socklen_t size,
                           uint32_t patience_ms)
{
    struct timeval timeout = { .tv_sec = patience_ms / 1000, .tv_usec = patience_ms % 1000 * 1000 };
    int flags = MSG_NOSIGNAL | (patience_ms == 0 ? MSG_DONTWAIT : 0);
    ssize_t sent;
    if (patience_ms > 0 && setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0)
        return -1;
    /* A stop and a continue interrupt a call that has a time-out, whatever is done with signals. */
    do
        sent = sendto(fd, data, length, flags, (const struct sockaddr *)address, size);
    while (sent < 0 && errno == EINTR);
    return sent;
}

static int send_datagram(const char *path, size_t path_length, const void *data, size_t length, uint32_t patience_ms)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (path_length >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, path_length);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    socklen_t size = offsetof(struct sockaddr_un, sun_path) + path_length + 1;
    int result = send_within(fd, data, length, &address, size, patience_ms) < 0 ? -errno : 0;
    close(fd);
    return result;
}

/* send(path: string, bytes: ArrayBuffer, length: number, patience_ms: number): 0 or -errno */
static JSValue js_send(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    size_t available, path_length;
    uint32_t length, patience_ms;
    const uint8_t *data = JS_GetArrayBuffer(ctx, &available, argv[1]);
    if (data == NULL || JS_ToUint32(ctx, &length, argv[2]) < 0 || JS_ToUint32(ctx, &patience_ms, argv[3]) < 0)
        return JS_EXCEPTION;
    if (length > available)
        return JS_ThrowRangeError(ctx, "send: more bytes than there are");
    const char *path = JS_ToCStringLen(ctx, &path_length, argv[0]);
    if (path == NULL)
        return JS_EXCEPTION;
    int result = send_datagram(path, path_length, data, length, patience_ms);
    JS_FreeCString(ctx, path);
    return JS_NewInt32(ctx, result);
}

static const JSCFunctionListEntry exports[] = { JS_CFUNC_DEF("send", 4, js_send) };

static int initialize(JSContext *ctx, JSModuleDef *module)
{
    return JS_SetModuleExportList(ctx, module, exports, sizeof(exports) / sizeof(exports[0]));
}

/* The name is the one that `qjsc -M` calls. */
JSModuleDef *js_init_module_datagram(JSContext *ctx, const char *module_name)
{
    JSModuleDef *module = JS_NewCModule(ctx, module_name, initialize);
    if (module != NULL)
        JS_AddModuleExportList(ctx, module, exports, sizeof(exports) / sizeof(exports[0]));
    return module;
}
