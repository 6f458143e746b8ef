/* CreateFolder, UpdateFolder (the name), MoveFolder, CopyFolder, DeleteFolder:
 * [MS-OXWSFOLD] section 3.1.4. */
#include "ews/read.h"

struct request {
	const struct ews_folder_ref *folder;
	const struct ews_folder_ref *to; /* parent or target */
	const char *name, *folder_class;
	enum ews_delete how;
	struct ews_id_results *out;
	struct ews_status status;
};

static bool read_status(struct soap_reader *r, void *context, struct err *err)
{
	struct request *request = context;

	return ews_read_one_status(r, &request->status, err);
}

static bool read_id(struct soap_reader *r, void *context, struct err *err)
{
	struct request *request = context;

	if (!ews_read_ids(r, request->out, 1, err))
		return false;
	request->status = request->out->list[0].status;
	return true;
}

static bool run(struct ews_conn *conn, const struct ews_call *call, struct err *err)
{
	const struct request *request = call->request;

	return ews_call_run(conn, call, err) &&
	       ews_conn_note(conn, &request->status, err);
}

static const char *element_of(const char *folder_class)
{
	struct str class = str_from(folder_class);

	return str_starts_nocase(class, STR("IPF.Appointment")) ? "t:CalendarFolder"
	       : str_starts_nocase(class, STR("IPF.Contact"))	? "t:ContactsFolder"
	       : str_starts_nocase(class, STR("IPF.Task"))	? "t:TasksFolder"
								: "t:Folder";
}

static void write_create(struct soap_writer *w, const void *context)
{
	const struct request *request = context;

	soap_put_folder_in(w, "m:ParentFolderId", request->to);
	soap_open(w, "m:Folders");
	soap_open(w, element_of(request->folder_class));
	soap_leaf(w, "t:FolderClass", request->folder_class);
	soap_leaf(w, "t:DisplayName", request->name);
	soap_close(w);
	soap_close(w);
}

bool ews_folder_create(struct ews_conn *conn, const struct ews_folder_ref *parent,
		       const char *name, const char *folder_class,
		       struct ews_id_results *out, struct err *err)
{
	struct request request = {
		.to = parent, .name = name, .folder_class = folder_class, .out = out
	};
	struct ews_call call = { EWS_OP_CREATE_FOLDER, write_create, read_id, &request,
				 &request };

	return run(conn, &call, err);
}

static void write_rename(struct soap_writer *w, const void *context)
{
	const struct request *request = context;

	soap_open(w, "m:FolderChanges");
	soap_open(w, "t:FolderChange");
	soap_put_folder(w, request->folder);
	soap_open(w, "t:Updates");
	soap_open(w, "t:SetFolderField");
	soap_put_field(w, "folder:DisplayName");
	soap_open(w, "t:Folder");
	soap_leaf(w, "t:DisplayName", request->name);
	soap_close(w);
	soap_close(w);
	soap_close(w);
	soap_close(w);
	soap_close(w);
}

bool ews_folder_rename(struct ews_conn *conn, const struct ews_folder_ref *folder,
		       const char *name, struct err *err)
{
	struct request request = { .folder = folder, .name = name };
	struct ews_call call = { EWS_OP_UPDATE_FOLDER, write_rename, read_status,
				 &request, &request };

	return run(conn, &call, err);
}

static void write_move(struct soap_writer *w, const void *context)
{
	const struct request *request = context;

	soap_put_folder_in(w, "m:ToFolderId", request->to);
	soap_put_folder_in(w, "m:FolderIds", request->folder);
}

bool ews_folder_move(struct ews_conn *conn, const struct ews_folder_ref *folder,
		     const struct ews_folder_ref *to, struct err *err)
{
	struct request request = { .folder = folder, .to = to };
	struct ews_call call = { EWS_OP_MOVE_FOLDER, write_move, read_status, &request,
				 &request };

	return run(conn, &call, err);
}

bool ews_folder_copy(struct ews_conn *conn, const struct ews_folder_ref *folder,
		     const struct ews_folder_ref *to, struct ews_id_results *out,
		     struct err *err)
{
	struct request request = { .folder = folder, .to = to, .out = out };
	struct ews_call call = { EWS_OP_COPY_FOLDER, write_move, read_id, &request,
				 &request };

	return run(conn, &call, err);
}

static void write_delete(struct soap_writer *w, const void *context)
{
	const struct request *request = context;
	bool hard = request->how == EWS_DELETE_HARD;

	soap_put_attr(w, "DeleteType", hard ? "HardDelete" : "MoveToDeletedItems");
	soap_put_folder_in(w, "m:FolderIds", request->folder);
}

bool ews_folder_delete(struct ews_conn *conn, const struct ews_folder_ref *folder,
		       enum ews_delete how, struct err *err)
{
	struct request request = { .folder = folder, .how = how };
	struct ews_call call = { EWS_OP_DELETE_FOLDER, write_delete, read_status,
				 &request, &request };

	return run(conn, &call, err);
}
