--- `:PlanNew`: a new plan from a template.
local server = require('plansmith.server')
local M = {}

--- Opens a new plan, and puts the cursor on its first placeholder.
---@param template string
---@param path string
local function create(template, path)
  path = vim.fs.normalize(vim.fn.fnamemodify(path, ':p'))
  local buffer = vim.api.nvim_get_current_buf()
  local client = server.any(buffer)
  local uri = vim.uri_from_fname(path)
  -- The server's edit makes the file, but not the folders on the way to it.
  vim.fn.mkdir(vim.fs.dirname(path), 'p')
  server.run(client, buffer, 'newPlan', { template = template, uri = uri }, function(made)
    if not made or not client then return end
    if made.created == false then return server.say(made.reason) end
    local lines = vim.split(made.text, '\n')
    -- The buffer of the new file may not be loaded yet.
    local function filled()
      local found = vim.fn.bufnr(path)
      return found > 0 and vim.api.nvim_buf_is_loaded(found) and vim.api.nvim_buf_line_count(found) + 1 >= #lines
    end
    local timer, waited = assert(vim.uv.new_timer()), 0
    timer:start(0, 20, vim.schedule_wrap(function()
      if not timer:is_active() then return end
      waited = waited + 20
      if not filled() and waited < 2000 then return end
      timer:stop()
      timer:close()
      vim.cmd.edit(vim.fn.fnameescape(path))
      if vim.bo.filetype == '' then vim.bo.filetype = 'markdown' end
      -- The edit filled it before any window showed it, and Neovim asks nothing about such a buffer: begin anew.
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

--- The templates' names, once a server has been asked.
---@param done fun(templates: { name: string, description: string, origin: string }[])
function M.templates(done)
  local buffer = vim.api.nvim_get_current_buf()
  server.run(server.any(buffer), buffer, 'listTemplates', { textDocument = server.document(buffer) }, done)
end

---@return string[]
function M.names()
  local names ---@type string[]?
  M.templates(function(templates)
    names = vim.iter(templates):map(function(template) return template.name end):totable()
  end)
  vim.wait(2000, function() return names ~= nil end, 10)
  return names or {}
end

--- Asks for what is missing, and makes the plan.
---@param template? string
---@param path? string
function M.plan(template, path)
  if not template then
    return M.templates(function(templates)
      vim.ui.select(templates, {
        prompt = 'Template of the new plan',
        format_item = function(item)
          return type(item.description) == 'string' and ('%s: %s'):format(item.name, item.description) or item.name
        end,
      }, function(item)
        if item then M.plan(item.name) end
      end)
    end)
  end
  if path then return create(template, path) end
  vim.ui.input({ prompt = 'File of the new plan: ', default = 'plans/', completion = 'file' }, function(answer)
    if answer and vim.trim(answer) ~= '' then create(template, vim.trim(answer)) end
  end)
end

return M
