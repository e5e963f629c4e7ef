--- SVG images, in the terminal if a plugin can show them there, otherwise in the viewer of the system.
local server = require('plansmith.server')
local M = {}

--- Opens a split with an empty buffer for an image.
---@param name string
---@return integer buffer
local function image_buffer(name)
  local buffer = vim.api.nvim_create_buf(false, true)
  vim.bo[buffer].bufhidden = 'wipe'
  vim.cmd('vertical sbuffer ' .. buffer)
  vim.wo.wrap, vim.wo.number, vim.wo.relativenumber, vim.wo.signcolumn, vim.wo.list = false, false, false, 'no', false
  vim.wo.winbar = (' %s  q: close'):format((name:gsub('%%', '%%%%')))
  vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = buffer, desc = 'Close' })
  return buffer
end

---@class plansmith.ImageViewer
---@field is_available fun(): any
---@field show fun(file: string)

--- Plugins that show images in the terminal. They convert SVG with ImageMagick.
---@type table<string, plansmith.ImageViewer>
local viewers = {
  ['snacks.image'] = {
    is_available = function()
      local snacks = rawget(_G, 'Snacks')
      local is_enabled = snacks and vim.tbl_get(snacks, 'config', 'image') and snacks.config.image.enabled ~= false
      return is_enabled and snacks.image.supports_terminal()
    end,
    show = function(file)
      Snacks.image.placement.new(image_buffer(vim.fs.basename(file)), file, { pos = { 1, 0 }, auto_resize = true })
    end,
  },
  ['image.nvim'] = {
    is_available = function()
      local image = package.loaded['image']
      return type(image) == 'table' and image.from_file and (not image.is_enabled or image.is_enabled())
    end,
    show = function(file)
      local buffer = image_buffer(vim.fs.basename(file))
      local options = { window = vim.api.nvim_get_current_win(), buffer = buffer, with_virtual_padding = true }
      local image = require('image').from_file(file, options)
      if image then image:render() end
    end,
  },
}

--- Returns the name of the plugin that shows images in the terminal, if any.
---@return string?
function M.viewer()
  for name, viewer in vim.spairs(viewers) do
    local ok, is_available = pcall(viewer.is_available)
    if ok and is_available then return name end
  end
end

--- Shows an SVG image.
---@param svg string
---@param name string file name with extension
function M.show(svg, name)
  local file = vim.fs.joinpath(vim.fn.fnamemodify(vim.fn.tempname(), ':h'), name)
  vim.fn.writefile(vim.split(svg, '\n'), file)
  local viewer = M.viewer()
  if viewer then return viewers[viewer].show(file) end
  local process, problem = vim.ui.open(file)
  if problem then return server.notify(('no image viewer found; the diagram is in %s'):format(file), vim.log.levels.WARN) end
  -- A viewer that cannot start ends at once. Others run until the user closes them, so this does not wait for their end.
  vim.defer_fn(function()
    local result = process and process:is_closing() and process:wait(0)
    if result and result.code ~= 0 then
      server.notify(('cannot open the diagram; it is in %s'):format(file), vim.log.levels.WARN)
    end
  end, 1000)
end

return M
