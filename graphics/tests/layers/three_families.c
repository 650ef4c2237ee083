// A Vulkan layer for tests: shows three queue families above a driver that has one queue, and really executes.
//
//   family 0   graphics, compute, transfer
//   family 1   compute, transfer
//   family 2   transfer
//
// Each family has one queue. A queue is a thread: it takes submissions in order, waits on the host until their semaphores
// have the values that they wait for, and hands them on to the driver's queue without those waits. So a queue runs
// ahead of the others exactly as far as semaphores let it, and submissions that lack a wait overtake.
//
// It knows what the tests use: vkQueueSubmit2, timeline semaphores, one queue of each family. Binary semaphores, sparse
// binding and presentation it does not know.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vulkan/vk_layer.h>
#include <vulkan/vulkan.h>

#define FAMILIES 3

static const VkQueueFlags CAPABILITIES[FAMILIES] = {
    VK_QUEUE_GRAPHICS_BIT | VK_QUEUE_COMPUTE_BIT | VK_QUEUE_TRANSFER_BIT,
    VK_QUEUE_COMPUTE_BIT | VK_QUEUE_TRANSFER_BIT,
    VK_QUEUE_TRANSFER_BIT,
};

// How late each family hands a submission on, so that those who do not wait for it overtake: a little, or much where
// FENCEWRIGHT_SLOW_QUEUES is set, transfer most of all.
static const useconds_t DELAYS_US[2][FAMILIES] = {{100, 100, 300}, {100, 10000, 40000}};
static int pace;

// One submission, with copies of its arrays.
typedef struct Job {
    struct Job *next;
    VkSubmitInfo2 submit;
    VkSemaphoreSubmitInfo *waits, *signals;
    VkCommandBufferSubmitInfo *commands;
    VkFence fence;
} Job;

// The loader writes its dispatch table into the first word of a queue.
typedef struct Queue {
    void *dispatch;
    struct Device *device;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    Job *first, *last;
    int busy, stopping;
} Queue;

typedef struct Device {
    struct Device *next;
    VkDevice handle;
    VkQueue real;
    pthread_mutex_t real_lock;
    Queue queues[FAMILIES];
    PFN_vkGetDeviceProcAddr get;
    PFN_vkQueueSubmit2 submit;
    PFN_vkWaitSemaphores wait;
    PFN_vkDeviceWaitIdle wait_idle;
    PFN_vkDestroyDevice destroy;
    PFN_vkCreateCommandPool create_pool;
    PFN_vkCreateBuffer create_buffer;
    PFN_vkCreateImage create_image;
} Device;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Device *devices;
static PFN_vkGetInstanceProcAddr next_instance;
static VkInstance instance;
static PFN_vkGetPhysicalDeviceQueueFamilyProperties next_families;

static Device *device_of(VkDevice handle) {
    pthread_mutex_lock(&lock);
    Device *device = devices;
    while (device && device->handle != handle) device = device->next;
    pthread_mutex_unlock(&lock);
    return device;
}

// Queues.

static void run(Queue *queue, Job *job) {
    Device *device = queue->device;
    for (uint32_t i = 0; i < job->submit.waitSemaphoreInfoCount; i++) {
        VkSemaphoreWaitInfo wait = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO};
        wait.semaphoreCount = 1;
        wait.pSemaphores = &job->waits[i].semaphore;
        wait.pValues = &job->waits[i].value;
        device->wait(device->handle, &wait, UINT64_MAX);
    }
    job->submit.waitSemaphoreInfoCount = 0;
    usleep(DELAYS_US[pace][queue - device->queues]);
    pthread_mutex_lock(&device->real_lock);
    device->submit(device->real, 1, &job->submit, job->fence);
    pthread_mutex_unlock(&device->real_lock);
}

static void free_job(Job *job) {
    free(job->waits);
    free(job->signals);
    free(job->commands);
    free(job);
}

static void *work(void *argument) {
    Queue *queue = argument;
    pthread_mutex_lock(&queue->lock);
    for (;;) {
        while (!queue->first && !queue->stopping) pthread_cond_wait(&queue->changed, &queue->lock);
        if (!queue->first) break;
        Job *job = queue->first;
        queue->first = job->next;
        if (!queue->first) queue->last = NULL;
        queue->busy = 1;
        pthread_mutex_unlock(&queue->lock);
        run(queue, job);
        free_job(job);
        pthread_mutex_lock(&queue->lock);
        queue->busy = 0;
        pthread_cond_broadcast(&queue->changed);
    }
    pthread_mutex_unlock(&queue->lock);
    return NULL;
}

static void *copy_of(const void *from, size_t count, size_t size) {
    void *to = calloc(count ? count : 1, size);
    if (count) memcpy(to, from, count * size);
    return to;
}

static void push(Queue *queue, const VkSubmitInfo2 *submit, VkFence fence) {
    Job *job = calloc(1, sizeof *job);
    job->submit = *submit;
    job->submit.pNext = NULL;
    job->fence = fence;
    job->waits = copy_of(submit->pWaitSemaphoreInfos, submit->waitSemaphoreInfoCount, sizeof *job->waits);
    job->signals = copy_of(submit->pSignalSemaphoreInfos, submit->signalSemaphoreInfoCount, sizeof *job->signals);
    job->commands = copy_of(submit->pCommandBufferInfos, submit->commandBufferInfoCount, sizeof *job->commands);
    job->submit.pWaitSemaphoreInfos = job->waits;
    job->submit.pSignalSemaphoreInfos = job->signals;
    job->submit.pCommandBufferInfos = job->commands;
    pthread_mutex_lock(&queue->lock);
    if (queue->last) queue->last->next = job;
    else queue->first = job;
    queue->last = job;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

static void drain(Queue *queue) {
    pthread_mutex_lock(&queue->lock);
    while (queue->first || queue->busy) pthread_cond_wait(&queue->changed, &queue->lock);
    pthread_mutex_unlock(&queue->lock);
}

static VKAPI_ATTR VkResult VKAPI_CALL queue_submit2(VkQueue handle, uint32_t count, const VkSubmitInfo2 *submits, VkFence fence) {
    VkSubmitInfo2 nothing = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO_2};
    if (!count) push((Queue *)handle, &nothing, fence);
    for (uint32_t i = 0; i < count; i++) push((Queue *)handle, &submits[i], i + 1 == count ? fence : VK_NULL_HANDLE);
    return VK_SUCCESS;
}

static VKAPI_ATTR VkResult VKAPI_CALL queue_wait_idle(VkQueue handle) {
    Queue *queue = (Queue *)handle;
    drain(queue);
    return queue->device->wait_idle(queue->device->handle);
}

static VKAPI_ATTR VkResult VKAPI_CALL device_wait_idle(VkDevice handle) {
    Device *device = device_of(handle);
    for (int i = 0; i < FAMILIES; i++) drain(&device->queues[i]);
    return device->wait_idle(handle);
}

static VKAPI_ATTR void VKAPI_CALL get_device_queue(VkDevice handle, uint32_t family, uint32_t index, VkQueue *queue) {
    Device *device = device_of(handle);
    *queue = family < FAMILIES && index == 0 ? (VkQueue)&device->queues[family] : VK_NULL_HANDLE;
}

static VKAPI_ATTR void VKAPI_CALL get_device_queue2(VkDevice handle, const VkDeviceQueueInfo2 *info, VkQueue *queue) {
    get_device_queue(handle, info->queueFamilyIndex, info->queueIndex, queue);
}

// What names a family: the driver has one.

static VKAPI_ATTR VkResult VKAPI_CALL create_command_pool(VkDevice handle, const VkCommandPoolCreateInfo *info, const VkAllocationCallbacks *allocator, VkCommandPool *pool) {
    VkCommandPoolCreateInfo changed = *info;
    changed.queueFamilyIndex = 0;
    return device_of(handle)->create_pool(handle, &changed, allocator, pool);
}

static VKAPI_ATTR VkResult VKAPI_CALL create_buffer(VkDevice handle, const VkBufferCreateInfo *info, const VkAllocationCallbacks *allocator, VkBuffer *buffer) {
    VkBufferCreateInfo changed = *info;
    changed.sharingMode = VK_SHARING_MODE_EXCLUSIVE;
    changed.queueFamilyIndexCount = 0;
    return device_of(handle)->create_buffer(handle, &changed, allocator, buffer);
}

static VKAPI_ATTR VkResult VKAPI_CALL create_image(VkDevice handle, const VkImageCreateInfo *info, const VkAllocationCallbacks *allocator, VkImage *image) {
    VkImageCreateInfo changed = *info;
    changed.sharingMode = VK_SHARING_MODE_EXCLUSIVE;
    changed.queueFamilyIndexCount = 0;
    return device_of(handle)->create_image(handle, &changed, allocator, image);
}

static VkQueueFamilyProperties family(VkQueueFamilyProperties real, uint32_t index) {
    real.queueCount = 1;
    real.queueFlags = CAPABILITIES[index];
    return real;
}

static VKAPI_ATTR void VKAPI_CALL families(VkPhysicalDevice physical, uint32_t *count, VkQueueFamilyProperties *out) {
    if (out) {
        VkQueueFamilyProperties real;
        uint32_t one = 1;
        next_families(physical, &one, &real);
        for (uint32_t i = 0; i < *count && i < FAMILIES; i++) out[i] = family(real, i);
    }
    if (!out || *count > FAMILIES) *count = FAMILIES;
}

static VKAPI_ATTR void VKAPI_CALL families2(VkPhysicalDevice physical, uint32_t *count, VkQueueFamilyProperties2 *out) {
    if (out) {
        VkQueueFamilyProperties real;
        uint32_t one = 1;
        next_families(physical, &one, &real);
        for (uint32_t i = 0; i < *count && i < FAMILIES; i++) out[i].queueFamilyProperties = family(real, i);
    }
    if (!out || *count > FAMILIES) *count = FAMILIES;
}

// Instance and device.

static void *link_of(const void *chain, VkStructureType type) {
    const VkLayerInstanceCreateInfo *link = chain;
    while (link && !(link->sType == type && link->function == VK_LAYER_LINK_INFO)) link = link->pNext;
    return (void *)link;
}

static VKAPI_ATTR VkResult VKAPI_CALL create_instance(const VkInstanceCreateInfo *info, const VkAllocationCallbacks *allocator, VkInstance *made) {
    VkLayerInstanceCreateInfo *link = link_of(info->pNext, VK_STRUCTURE_TYPE_LOADER_INSTANCE_CREATE_INFO);
    next_instance = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
    link->u.pLayerInfo = link->u.pLayerInfo->pNext;
    VkResult result = ((PFN_vkCreateInstance)next_instance(NULL, "vkCreateInstance"))(info, allocator, made);
    if (result != VK_SUCCESS) return result;
    instance = *made;
    pace = getenv("FENCEWRIGHT_SLOW_QUEUES") != NULL;
    next_families = (void *)next_instance(instance, "vkGetPhysicalDeviceQueueFamilyProperties");
    return result;
}

static void begin(Device *device) {
    for (int i = 0; i < FAMILIES; i++) {
        Queue *queue = &device->queues[i];
        queue->dispatch = *(void **)device->real;
        queue->device = device;
        pthread_mutex_init(&queue->lock, NULL);
        pthread_cond_init(&queue->changed, NULL);
        pthread_create(&queue->thread, NULL, work, queue);
    }
}

static VKAPI_ATTR VkResult VKAPI_CALL create_device(VkPhysicalDevice physical, const VkDeviceCreateInfo *info, const VkAllocationCallbacks *allocator, VkDevice *made) {
    VkLayerDeviceCreateInfo *link = link_of(info->pNext, VK_STRUCTURE_TYPE_LOADER_DEVICE_CREATE_INFO);
    PFN_vkGetInstanceProcAddr get_instance = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
    PFN_vkGetDeviceProcAddr get = link->u.pLayerInfo->pfnNextGetDeviceProcAddr;
    link->u.pLayerInfo = link->u.pLayerInfo->pNext;
    float priority = 1;
    VkDeviceQueueCreateInfo queue = {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO};
    queue.queueCount = 1;
    queue.pQueuePriorities = &priority;
    VkDeviceCreateInfo changed = *info;
    changed.queueCreateInfoCount = 1;
    changed.pQueueCreateInfos = &queue;
    VkResult result = ((PFN_vkCreateDevice)get_instance(instance, "vkCreateDevice"))(physical, &changed, allocator, made);
    if (result != VK_SUCCESS) return result;
    Device *device = calloc(1, sizeof *device);
    device->handle = *made;
    device->get = get;
    device->submit = (void *)get(*made, "vkQueueSubmit2");
    device->wait = (void *)get(*made, "vkWaitSemaphores");
    device->wait_idle = (void *)get(*made, "vkDeviceWaitIdle");
    device->destroy = (void *)get(*made, "vkDestroyDevice");
    device->create_pool = (void *)get(*made, "vkCreateCommandPool");
    device->create_buffer = (void *)get(*made, "vkCreateBuffer");
    device->create_image = (void *)get(*made, "vkCreateImage");
    ((PFN_vkGetDeviceQueue)get(*made, "vkGetDeviceQueue"))(*made, 0, 0, &device->real);
    pthread_mutex_init(&device->real_lock, NULL);
    begin(device);
    pthread_mutex_lock(&lock);
    device->next = devices;
    devices = device;
    pthread_mutex_unlock(&lock);
    return result;
}

static VKAPI_ATTR void VKAPI_CALL destroy_device(VkDevice handle, const VkAllocationCallbacks *allocator) {
    Device *device = device_of(handle);
    for (int i = 0; i < FAMILIES; i++) {
        Queue *queue = &device->queues[i];
        pthread_mutex_lock(&queue->lock);
        queue->stopping = 1;
        pthread_cond_broadcast(&queue->changed);
        pthread_mutex_unlock(&queue->lock);
        pthread_join(queue->thread, NULL);
    }
    pthread_mutex_lock(&lock);
    Device **place = &devices;
    while (*place != device) place = &(*place)->next;
    *place = device->next;
    pthread_mutex_unlock(&lock);
    device->destroy(handle, allocator);
    free(device);
}

// What the loader asks for.

#define IS(word, function) \
    if (!strcmp(name, word)) return (PFN_vkVoidFunction)function

static PFN_vkVoidFunction of_device(const char *name) {
    IS("vkQueueSubmit2", queue_submit2);
    IS("vkQueueSubmit2KHR", queue_submit2);
    IS("vkQueueWaitIdle", queue_wait_idle);
    IS("vkDeviceWaitIdle", device_wait_idle);
    IS("vkGetDeviceQueue", get_device_queue);
    IS("vkGetDeviceQueue2", get_device_queue2);
    IS("vkCreateCommandPool", create_command_pool);
    IS("vkCreateBuffer", create_buffer);
    IS("vkCreateImage", create_image);
    IS("vkDestroyDevice", destroy_device);
    return NULL;
}

static VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL get_device(VkDevice handle, const char *name) {
    IS("vkGetDeviceProcAddr", get_device);
    PFN_vkVoidFunction ours = of_device(name);
    Device *device = ours ? NULL : device_of(handle);
    return device ? device->get(handle, name) : ours;
}

static VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL get_instance(VkInstance handle, const char *name) {
    IS("vkGetInstanceProcAddr", get_instance);
    IS("vkGetDeviceProcAddr", get_device);
    IS("vkCreateInstance", create_instance);
    IS("vkCreateDevice", create_device);
    IS("vkGetPhysicalDeviceQueueFamilyProperties", families);
    IS("vkGetPhysicalDeviceQueueFamilyProperties2", families2);
    IS("vkGetPhysicalDeviceQueueFamilyProperties2KHR", families2);
    PFN_vkVoidFunction ours = of_device(name);
    return ours ? ours : next_instance ? next_instance(handle, name) : NULL;
}

__attribute__((visibility("default"))) VKAPI_ATTR VkResult VKAPI_CALL vkNegotiateLoaderLayerInterfaceVersion(VkNegotiateLayerInterface *layer) {
    layer->loaderLayerInterfaceVersion = 2;
    layer->pfnGetInstanceProcAddr = get_instance;
    layer->pfnGetDeviceProcAddr = get_device;
    layer->pfnGetPhysicalDeviceProcAddr = NULL;
    return VK_SUCCESS;
}
