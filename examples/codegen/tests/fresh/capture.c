/* `vkCmdPipelineBarrier2` without a driver: writes down every field that it is given, as `capture.rs` does. */
#include <inttypes.h>
#include <stdio.h>

static const char *null(const void *pointer) { return pointer ? "false" : "true"; }

#define SCOPES(b) b.srcStageMask, b.srcAccessMask, b.dstStageMask, b.dstAccessMask
#define HEX " %" PRIx64
#define FOUR HEX HEX HEX HEX

void vkCmdPipelineBarrier2(VkCommandBuffer commands, const VkDependencyInfo *info)
{
    (void)commands;
    printf("call %d %s %x [%u, %u, %u]\n", info->sType, null(info->pNext), info->dependencyFlags,
           info->memoryBarrierCount, info->bufferMemoryBarrierCount, info->imageMemoryBarrierCount);
    for (uint32_t n = 0; n < info->memoryBarrierCount; n++) {
        const VkMemoryBarrier2 b = info->pMemoryBarriers[n];
        printf("m %d %s" FOUR "\n", b.sType, null(b.pNext), SCOPES(b));
    }
    for (uint32_t n = 0; n < info->bufferMemoryBarrierCount; n++) {
        const VkBufferMemoryBarrier2 b = info->pBufferMemoryBarriers[n];
        printf("b %d %s" FOUR " %x %x" HEX HEX HEX "\n", b.sType, null(b.pNext), SCOPES(b), b.srcQueueFamilyIndex,
               b.dstQueueFamilyIndex, (uint64_t)b.buffer, b.offset, b.size);
    }
    for (uint32_t n = 0; n < info->imageMemoryBarrierCount; n++) {
        const VkImageMemoryBarrier2 b = info->pImageMemoryBarriers[n];
        const VkImageSubresourceRange r = b.subresourceRange;
        printf("i %d %s" FOUR " %d %d %x %x" HEX " %x %x %x %x %x\n", b.sType, null(b.pNext), SCOPES(b), b.oldLayout,
               b.newLayout, b.srcQueueFamilyIndex, b.dstQueueFamilyIndex, (uint64_t)b.image, r.aspectMask, r.baseMipLevel,
               r.levelCount, r.baseArrayLayer, r.layerCount);
    }
}

static void print_semaphore(const char *word, VkSemaphoreSubmitInfo info)
{
    if (info.sType != VK_STRUCTURE_TYPE_SEMAPHORE_SUBMIT_INFO || info.pNext || info.deviceIndex)
        printf("not as it should be: ");
    printf("%s" HEX " %" PRIu64 HEX "\n", word, (uint64_t)info.semaphore, info.value, info.stageMask);
}
