--- `:PlanNew`: creates a plan from a template.
local server = require('plansmith.server')
local M = {}

--- Creates a plan from a template and opens it with the cursor in the first line.
---@param template string
---@param path string
local function create(template, path)
  path = vim.fs.normalize(vim.fn.fnamemodify(path, ':p'))
  local buffer = vim.api.nvim_get_current_buf()
  local client = server.get_or_start(buffer)
  local uri = vim.uri_from_fname(path)
  -- The server's edit creates the file, but not its folder.
  vim.fn.mkdir(vim.fs.dirname(path), 'p')
  server.execute(client, buffer, 'newPlan', { template = template, uri = uri }, function(result)
    if not result or not client then return end
    if result.created == false then return server.notify(result.reason) end
    local lines = vim.split(result.text, '\n')
    -- The buffer of the new file may not be loaded yet.
    local function is_filled()
      local number = vim.fn.bufnr(path)
      return number > 0 and vim.api.nvim_buf_is_loaded(number) and vim.api.nvim_buf_line_count(number) + 1 >= #lines
    end
    local timer, waited = assert(vim.uv.new_timer()), 0
    timer:start(0, 20, vim.schedule_wrap(function()
      if not timer:is_active() then return end
      waited = waited + 20
      if not is_filled() and waited < 2000 then return end
      timer:stop()
      timer:close()
      vim.cmd.edit(vim.fn.fnameescape(path))
      if vim.bo.filetype == '' then vim.bo.filetype = 'markdown' end
      -- The edit changed the buffer before a window showed it, and Neovim sends no requests for such buffers: attach again.
      buffer = vim.api.nvim_get_current_buf()
      if client.attached_buffers[buffer] then
        vim.lsp.buf_detach_client(buffer, client.id)
        vim.lsp.buf_attach_client(buffer, client.id)
      end
      vim.api.nvim_win_set_cursor(0, { 1, 0 })
      vim.api.nvim_exec_autocmds('User', { pattern = 'PlansmithNew', data = { file = path, template = template } })
    end))
  end)
end

--- Requests the templates from the server.
---@param callback fun(templates: { name: string, description: string, origin: string }[])
function M.request_templates(callback)
  local buffer = vim.api.nvim_get_current_buf()
  server.execute(server.get_or_start(buffer), buffer, 'listTemplates', { textDocument = server.text_document(buffer) }, callback)
end

--- Returns the names of the templates, waiting for the server for at most two seconds.
---@return string[]
function M.template_names()
  local names ---@type string[]?
  M.request_templates(function(templates)
    names = vim.iter(templates):map(function(template) return template.name end):totable()
  end)
  vim.wait(2000, function() return names ~= nil end, 10)
  return names or {}
end

--- Creates a plan. Prompts for missing arguments.
---@param template? string
---@param path? string
function M.new_plan(template, path)
  if not template then
    return M.request_templates(function(templates)
      vim.ui.select(templates, {
        prompt = 'Template for the new plan',
        format_item = function(item)
          return type(item.description) == 'string' and ('%s: %s'):format(item.name, item.description) or item.name
        end,
      }, function(item)
        if item then M.new_plan(item.name) end
      end)
    end)
  end
  if path then return create(template, path) end
  vim.ui.input({ prompt = 'File for the new plan: ', default = 'plans/', completion = 'file' }, function(input)
    if input and vim.trim(input) ~= '' then create(template, vim.trim(input)) end
  end)
end

return M
